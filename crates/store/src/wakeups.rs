//! Wake-ups: a hint that a channel has work. Polling is the safety net, so losing one is harmless.

use tokio::sync::broadcast::{self, error::RecvError};

/// Rings for every listener of this process.
#[derive(Clone)]
pub(crate) struct Bell(broadcast::Sender<Box<str>>);

impl Bell {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(256).0)
    }

    pub(crate) fn ring(&self, channel: &str) {
        // Nobody listens: nobody is to be woken.
        let _unheard = self.0.send(channel.into());
    }

    pub(crate) fn listen(&self, channel: &'static str) -> Wakeups {
        Wakeups {
            channel,
            bell: self.0.subscribe(),
        }
    }
}

/// Hears one channel.
pub struct Wakeups {
    channel: &'static str,
    bell: broadcast::Receiver<Box<str>>,
}

/// Stands for every channel: something may have been missed.
pub(crate) const EVERYBODY: &str = "*";

impl Wakeups {
    /// Returns when the channel may have work. Waits forever once the store is gone. Nothing is
    /// lost when this future is dropped.
    pub async fn next(&mut self) {
        loop {
            match self.bell.recv().await {
                Ok(channel) if *channel == *self.channel || *channel == *EVERYBODY => return,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
