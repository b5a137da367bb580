//! Goal: hosts that are old, odd or gone are told apart and cost no mail.
//! Method: hosts that play a script.

use postscale_smtp::client::{ClientError, Connection, Outcome, SendReport, Stage};

use crate::{
    client::{envelope, in_clear, outcomes},
    server::host,
};

/// Sends `message` to a host that plays `script`.
async fn sent(
    script: &'static str,
    recipients: &[&str],
    message: &[u8],
) -> Result<SendReport, ClientError> {
    let (address, task) = host(&[script]).await;
    let mut connection = Connection::connect(address, &in_clear()).await?;
    let result = connection.send(&envelope(recipients), message).await;
    drop(connection);
    task.await.unwrap();
    result
}

#[tokio::test]
async fn hosts_without_extensions_are_asked_step_by_step() {
    let report = sent(
        r"
        S: 220 old host
        C: EHLO client.example
        S: 502 what
        C: HELO client.example
        S: 250 old.example
        C: MAIL FROM:<ann@client.example>
        S: 250 ok
        C: RCPT TO:<a@example.net>
        S: 550 no
        C: RCPT TO:<b@example.net>
        S: 251 will forward
        C: DATA
        S: 354 go
        C: x
        C: .
        S: 250 ok",
        &["a@example.net", "b@example.net"],
        b"x",
    )
    .await
    .unwrap();
    let want = [
        (Outcome::Failed, Stage::Recipient, 550),
        (Outcome::Delivered, Stage::FinalDot, 250),
    ];
    assert_eq!(outcomes(&report), want);
}

#[tokio::test]
async fn nobody_left_gets_nothing_even_when_data_is_accepted() {
    let report = sent(
        r"
        S: 220 x
        C: EHLO client.example
        S: 250-x
        S: 250-8BITMIME
        S: 250-SIZE 0
        S: 250 PIPELINING
        C: MAIL FROM:<ann@client.example> SIZE=3
        C: RCPT TO:<a@example.net>
        C: RCPT TO:<b@example.net>
        C: DATA
        S: 250 ok
        S: 550 no
        S: 552 too many
        S: 354 go
        C: .
        S: 250 oh dear",
        &["a@example.net", "b@example.net"],
        b"x\r\n",
    )
    .await
    .unwrap();
    let want = [
        (Outcome::Failed, Stage::Recipient, 550),
        (Outcome::Deferred, Stage::Recipient, 552),
    ];
    assert_eq!(outcomes(&report), want);
}

const PIPELINED: &str = "S: 220 x\nC: EHLO *\nS: 250-x\nS: 250 PIPELINING\nC: MAIL *\nC: RCPT *\n\
    C: DATA\n";

#[tokio::test]
async fn hosts_that_hang_up_are_reported_with_what_they_said() {
    for (script, want) in [
        (
            "S: 421 4.7.0 busy",
            Some((Outcome::Deferred, Stage::Mail, 421)),
        ),
        (
            "S: 554 5.7.1 never",
            Some((Outcome::Failed, Stage::Mail, 554)),
        ),
        (
            "S: 250 ok\nS: 250 ok\nS: 451 later",
            Some((Outcome::Deferred, Stage::Data, 451)),
        ),
        (
            "S: 250 ok\nS: 250 ok\nS: 354 go\nC: x\nC: .\nS: 421 oh",
            Some((Outcome::Deferred, Stage::FinalDot, 421)),
        ),
        (
            "S: 250 ok\nS: 550 5.1.1 nobody",
            Some((Outcome::Failed, Stage::Recipient, 550)),
        ),
        (
            "S: 250 ok\nS: 450 4.2.1 later",
            Some((Outcome::Deferred, Stage::Recipient, 450)),
        ),
        (
            "S: 250 ok\nS: 550 5.1.1 nobody\nS: 250 what",
            Some((Outcome::Failed, Stage::Recipient, 550)),
        ),
        (
            "S: 250 ok\nS: 550 5.1.1 nobody\nS: 354 go\nC: .",
            Some((Outcome::Failed, Stage::Recipient, 550)),
        ),
        ("", None),
        ("S: 250 ok", None),
        ("S: 250 ok\nS: 250 ok", None),
        ("S: 250 ok\nS: 421 bye", None),
        ("S: 250 ok\nS: 250 ok\nS: 250 what", None),
        ("S: 250 ok\nS: 250 ok\nS: nonsense", None),
        ("S: 250 ok\nS: 250 ok\nS: 354 go\nC: x\nC: .", None),
    ] {
        let script = format!("{PIPELINED}{script}").leak();
        match (sent(script, &["a@example.net"], b"x\r\n").await, want) {
            (Ok(report), Some(want)) => assert_eq!(outcomes(&report), [want], "{script}"),
            (Err(error), None) => assert!(error.is_transient(), "{script}: {error}"),
            (result, _) => panic!("{script}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn what_was_refused_before_a_host_hung_up_is_refused() {
    const TWO_STEPS: &str = "S: 220 x\nC: EHLO *\nS: 250 x\nC: MAIL *\nS: 250 ok\nC: RCPT *\n";
    let pipelined = PIPELINED.replace("C: RCPT *\n", &"C: RCPT *\n".repeat(4));
    let refused = (Outcome::Failed, Stage::Recipient, 550);
    let later = (Outcome::Deferred, Stage::Recipient, 451);
    for (script, want, stage) in [
        (
            format!("{pipelined}S: 250 ok\nS: 550 no\nS: 250 ok\nS: 451 later"),
            vec![refused, later],
            Stage::Recipient,
        ),
        (
            format!("{pipelined}S: 250 ok\nS: 550 no\nS: 250 ok\nS: 451 later\nS: 421 bye"),
            vec![refused, later],
            Stage::Recipient,
        ),
        (
            format!("{pipelined}S: 250 ok\nS: 451 later\nS: 550 no\nS: 250 ok\nS: 250 ok"),
            vec![later, refused],
            Stage::Data,
        ),
        (
            format!(
                "{pipelined}S: 250 ok\nS: 550 no\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: x\nC: ."
            ),
            vec![refused],
            Stage::FinalDot,
        ),
        (
            format!("{TWO_STEPS}S: 550 no\nC: RCPT *"),
            vec![refused],
            Stage::Recipient,
        ),
    ] {
        let script: &'static str = script.leak();
        let recipients = ["a", "b", "c", "d"].map(|name| format!("{name}@example.net"));
        let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
        let report = sent(script, &recipients, b"x\r\n").await.unwrap();
        assert_eq!(outcomes(&report), want, "{script}");
        let ended = report.ended.expect(script);
        assert!(
            ended.stage == stage && ended.is_transient(),
            "{script}: {ended}"
        );
    }
}

#[tokio::test]
async fn a_refusal_at_the_door_is_permanent_or_not_as_it_says() {
    for (script, stage, is_transient) in [
        ("S: 554 5.7.1 go away", Stage::Greeting, false),
        ("S: 421 busy", Stage::Greeting, true),
        ("S: 220 x\nC: EHLO *\nS: 421 busy", Stage::Hello, true),
        (
            "S: 220 x\nC: EHLO *\nS: 550 no\nC: HELO *\nS: 550 no",
            Stage::Hello,
            false,
        ),
        ("S: SSH-2.0-nothing", Stage::Greeting, true),
        ("", Stage::Greeting, true),
    ] {
        let (address, task) = host(&[script]).await;
        let error = Connection::connect(address, &in_clear())
            .await
            .err()
            .expect(script);
        assert_eq!(
            (error.stage, error.is_transient()),
            (stage, is_transient),
            "{script}"
        );
        task.await.unwrap();
    }
    let (address, task) = host(&[]).await;
    task.await.unwrap();
    let error = Connection::connect(address, &in_clear())
        .await
        .err()
        .expect("nobody listens");
    assert_eq!((error.stage, error.is_transient()), (Stage::Connect, true));
}
