//! A mail server that takes what it gets, or not, by local part.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use postscale_smtp::{
    ForwardPath, MailParameters, Reply, ReversePath, Subject,
    server::{self, Handler, MailObject, Service, Settings},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running server; it stops when dropped.
pub struct Sink {
    pub port: u16,
    hand: Arc<Hand>,
    _serving: JoinSet<()>,
    _stop: DropGuard,
}

struct Hand {
    taken: Mutex<Vec<MailObject>>,
    /// Opened for those for `slow`.
    gate: Semaphore,
    /// How many came for `slow`.
    slow: watch::Sender<usize>,
}

impl Sink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hand = Arc::new(Hand {
            taken: Mutex::default(),
            gate: Semaphore::new(0),
            slow: watch::Sender::new(0),
        });
        let stop = CancellationToken::new();
        let name = "mx.far.example".parse().unwrap();
        let settings = Arc::new(Settings::new(name, Service::Reception));
        let served = server::serve(listener, settings, Arc::clone(&hand), stop.clone());
        Self {
            port,
            hand,
            _serving: JoinSet::from_iter([served]),
            _stop: stop.drop_guard(),
        }
    }

    /// Waits until so many wait for `slow`.
    pub async fn until_busy(&self, conversations: usize) {
        let mut slow = self.hand.slow.subscribe();
        slow.wait_for(|slow| *slow == conversations).await.unwrap();
    }

    /// Lets everything through that waits for `slow`.
    pub fn open(&self) {
        self.hand.gate.close();
    }

    /// Who got what: return path, recipient, message.
    pub fn taken(&self) -> Vec<(String, String, String)> {
        let taken = self.hand.taken.lock().unwrap();
        let flat = |object: &MailObject| {
            let recipients: Vec<String> = object
                .envelope
                .recipients
                .iter()
                .map(|to| to.0.to_string())
                .collect();
            (
                object.envelope.reverse_path.to_string(),
                recipients.join(" "),
                String::from_utf8_lossy(&object.body).into_owned(),
            )
        };
        taken.iter().map(flat).collect()
    }

    /// The message somebody got, once there is one.
    pub fn message_to(&self, recipient: &str) -> Option<(String, String)> {
        let mut taken = self.taken().into_iter();
        taken
            .find(|(_, to, _)| to == recipient)
            .map(|(from, _, message)| (from, message))
    }
}

impl Handler for Hand {
    type Session = ();

    async fn connect(&self, _: SocketAddr) -> Result<(), Reply> {
        Ok(())
    }

    async fn mail(&self, (): &mut (), _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        Ok(())
    }

    async fn recipient(&self, (): &mut (), to: &ForwardPath) -> Result<(), Reply> {
        match to.0.local_part() {
            "later" => Err(Reply::transient(51, Subject::Mailbox, 1, "not now")),
            "nobody" => Err(Reply::permanent(50, Subject::Addressing, 1, "no such user")),
            "slow" => {
                self.slow.send_modify(|slow| *slow += 1);
                let _closed = self.gate.acquire().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn message(&self, (): &mut (), object: MailObject) -> Reply {
        self.taken.lock().unwrap().push(object);
        Reply::ok(50, Subject::Undefined, 0, "taken")
    }
}
