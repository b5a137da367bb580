"""A service that speaks S3: moto, with a user who may use one bucket and with access control on.

Prints where it is and the user's keys as one line of JSON; ends when its input does.
"""

import json
import logging
import os
import sys

# Three calls set the user up; from then on every call is checked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"


def client(service, key, secret):
    keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return boto3.client(service, endpoint_url=endpoint, **keys)


iam = client("iam", "nobody", "nothing")
statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
iam.create_user(UserName="postscale")
iam.put_user_policy(UserName="postscale", PolicyName="blobs", PolicyDocument=policy)
made = iam.create_access_key(UserName="postscale")["AccessKey"]
key, secret = made["AccessKeyId"], made["SecretAccessKey"]
client("s3", key, secret).create_bucket(Bucket="bodies")
print(json.dumps({"endpoint": endpoint, "key": key, "secret": secret}), flush=True)
sys.stdin.read()
server.stop()
