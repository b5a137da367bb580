//! Goal: who is to get forwarded mail is asked first, and mail of the system itself arrives.
//! Method: aliases made through the API; the question is read at the mail server of the target.

use std::time::Duration;

use aws_lc_rs::digest;
use postscale_model::TokenHash;
use postscale_store::forward_target;
use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::instance::Instance;

const LINK: &str = "https://postscale.example/forward-targets/";
const WAITING: &str =
    "SELECT recipient || ' ' || attempts AS c FROM system_emails ORDER BY recipient";

impl Instance {
    /// The secret of the link in the question that `target` got.
    pub async fn question(&self, target: &str) -> String {
        let asked = self.until("a question", async || self.sink.message_to(target));
        let (_, message) = asked.await;
        let message = message.replace("=\r\n", "");
        let (_, token) = message.split_once(LINK).expect("a link");
        let token = token.split_whitespace().next().unwrap();
        token.to_owned()
    }

    /// The holder of the link agrees.
    pub async fn agree(&self, token: &str) {
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        let hash = TokenHash::new(hash.as_ref().try_into().unwrap());
        let mut tx = self.app.app.store.write().await.unwrap();
        let confirmed = forward_target::confirm(&mut tx, &hash, self.now()).await;
        assert!(confirmed.unwrap(), "the link is good");
        tx.commit().await.unwrap();
    }
}

on_both_engines! {
    async fn a_target_outside_is_asked_once_by_mail(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        instance.alias(json!({"address": "one", "forward_to": ["carol@far.example"]})).await;
        let token = instance.question("carol@far.example").await;
        instance.until_texts(WAITING, &[]).await;
        // The question was just asked: it is not asked again.
        instance.alias(json!({"address": "two", "forward_to": ["carol@far.example"]})).await;
        assert_eq!(instance.texts(WAITING).await, [""; 0]);
        instance.agree(&token).await;
        running.stop().await;
        let (return_path, message) = instance.sink.message_to("carol@far.example").unwrap();
        assert_eq!(return_path, "<no-reply@postscale.example>");
        assert!(message.contains("\r\nAuto-Submitted: auto-generated\r\n"), "{message}");
        assert!(message.contains("May shared.example forward mail to you?"), "{message}");
        assert_eq!(instance.sink.taken().len(), 1);
    }

    async fn a_target_that_cannot_be_reached_holds_up_nobody(database) {
        let instance = Instance::new(database).await;
        instance.alias(json!({"address": "one", "forward_to": ["later@far.example", "nobody@far.example", "carol@far.example"]})).await;
        let running = instance.start();
        instance.question("carol@far.example").await;
        // Who does not exist is not asked again; who is busy is.
        instance.until_texts(WAITING, &["later@far.example 1"]).await;
        instance.pass(Duration::from_secs(6 * 60)).await;
        instance.until_texts(WAITING, &["later@far.example 2"]).await;
        running.stop().await;
    }
}
