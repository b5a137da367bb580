//! Blobs in a bucket of a foreign implementation of S3.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use postscale_store::{BlobSettings, Blobs, Error};

const KEY: &str = "emails/ab/abcd-1";

/// A running service; killed at the end, however the test ends.
struct Peer {
    child: Child,
    settings: BlobSettings,
}

impl Peer {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
    fn start() -> Self {
        let python = std::env::var("POSTSCALE_TEST_PYTHON")
            .expect("POSTSCALE_TEST_PYTHON is not set: it must be a Python that has moto");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/s3_peer.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let printed = child.stdout.take().unwrap();
        BufReader::new(printed).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let word = |name: &str| said[name].as_str().unwrap().to_owned();
        let variables = [
            ("AWS_ACCESS_KEY_ID", word("key")),
            ("AWS_SECRET_ACCESS_KEY", word("secret")),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_PAGER", "unknown names are passed over".to_owned()),
        ];
        let settings = BlobSettings {
            endpoint: Some(word("endpoint")),
            variables: variables.map(|(n, v)| (n.to_owned(), v)).into(),
        };
        Self { child, settings }
    }

    fn open(&self, address: &str) -> Blobs {
        Blobs::open(address, &self.settings).unwrap()
    }

    /// The same with one variable changed.
    fn with(&self, name: &str, value: &str) -> BlobSettings {
        let mut settings = self.settings.clone();
        for (known, old) in &mut settings.variables {
            if known == name {
                value.clone_into(old);
            }
        }
        settings
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn unavailable(blobs: &Blobs, why: &str) {
    let put = blobs.put(KEY, b"body".to_vec()).await;
    assert!(matches!(put, Err(Error::Unavailable(_))), "{why}: {put:?}");
    let got = blobs.get(KEY).await;
    assert!(matches!(got, Err(Error::Unavailable(_))), "{why}: {got:?}");
    let gone = blobs.delete(KEY).await;
    assert!(
        matches!(gone, Err(Error::Unavailable(_))),
        "{why}: {gone:?}"
    );
}

#[tokio::test]
async fn a_bucket_keeps_blobs_and_says_when_it_cannot() {
    let mut peer = Peer::start();
    let blobs = peer.open("s3://bodies/mail/one");
    assert_eq!(blobs.get(KEY).await, Ok(None));
    assert_eq!(blobs.delete(KEY).await, Ok(()));
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    for bytes in [b"body".to_vec(), large, Vec::new()] {
        blobs.put(KEY, bytes.clone()).await.unwrap();
        assert_eq!(blobs.get(KEY).await, Ok(Some(bytes.into())));
    }
    // A prefix keeps one platform's blobs from another's, and is a part of the object's name.
    assert_eq!(peer.open("s3://bodies/mail/two").get(KEY).await, Ok(None));
    let whole = peer.open("s3://bodies");
    let named = whole.get(&format!("mail/one/{KEY}")).await;
    assert_eq!(named, Ok(Some(Vec::new().into())));
    blobs.delete(KEY).await.unwrap();
    assert_eq!(blobs.get(KEY).await, Ok(None));

    unavailable(&peer.open("s3://nowhere/mail"), "no such bucket").await;
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
        ("AWS_ACCESS_KEY_ID", "AKIAWRONG"),
    ] {
        let settings = peer.with(name, value);
        assert!(!format!("{settings:?}").contains(value));
        let stranger = Blobs::open("s3://bodies/mail", &settings).unwrap();
        assert!(!format!("{stranger:?}").contains(value));
        unavailable(&stranger, name).await;
    }
    peer.stop();
    unavailable(&blobs, "the service is away").await;
}
