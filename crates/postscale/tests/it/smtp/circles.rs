//! Goal: whoever brings a message round in circles is told so, and nobody loses a copy for that.
//! Method: messages that were sent on before, for an alias that would do so again and one that stores.

use serde_json::json;

use crate::node::{Node, client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_would_go_round_in_circles_is_refused_where_it_is_brought() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "round.example").await;
    for (name, kind) in [("on", "forward"), ("here", "store")] {
        let mut alias = json!({"domain": "round.example", "address": name, "action": kind});
        if kind == "forward" {
            alias["forward_to"] = json!(["carol@far.example"]);
        }
        owner.expect(201, "POST", "/v1/aliases", Some(alias)).await;
    }
    let mx = node.address("mx");
    for (marks, to, want) in [
        (2, "on@round.example", "250"),
        (3, "on@round.example", "554"),
        (3, "here@round.example", "250"),
    ] {
        let mark = "X-Postscale-Forwarded: 0123456789abcdef01234567\r\n".repeat(marks);
        let message = format!("{mark}From: bob@far.example\r\nSubject: x\r\n\r\nx\r\n");
        let code = client::send(mx, "bob@far.example", to, &message).await;
        assert_eq!(code, want, "{marks} {to}");
    }
}
