//! One connection that only listens for wake-ups from other processes.

use std::{future::poll_fn, time::Duration};

use tokio_postgres::AsyncMessage;

use super::address::Address;
use crate::{
    dialect,
    wakeups::{Bell, EVERYBODY},
};

/// Between two tries to connect.
const AGAIN: Duration = Duration::from_secs(1);

/// Rings the bell for each notification until dropped by its owner; connects again when lost.
pub(crate) async fn listen(address: Address, bell: Bell) {
    loop {
        if let Err(error) = hear(&address, &bell).await {
            tracing::debug!(%error, "wake-ups from PostgreSQL interrupted");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn hear(address: &Address, bell: &Bell) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = address.config.connect(address.tls.clone()).await?;
    let listen = client.batch_execute(dialect::POSTGRES_LISTEN);
    let hear = async {
        while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(heard) = message? {
                bell.ring(heard.payload());
            }
        }
        Ok(())
    };
    let greet = async {
        listen.await?;
        // Whatever was said while nobody listened.
        bell.ring(EVERYBODY);
        std::future::pending().await
    };
    tokio::select! {
        ended = hear => ended,
        failed = greet => failed,
    }
}
