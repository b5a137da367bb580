//! Answers, and what errors cost: time first, then the connection.

use tokio::time::sleep;

use super::{
    Handler,
    guard::Panicked,
    session::{Flow, Session},
};
use crate::{Reply, replies};

impl<H: Handler> Session<H> {
    /// Answers a command a handler decided about.
    pub(super) async fn answer(&mut self, reply: Result<Reply, Panicked>) -> Flow {
        match reply {
            Ok(reply) if reply.is_positive() => {
                self.wire.push(&reply);
                Flow::Continue
            }
            Ok(reply) => self.refuse(&reply).await,
            Err(Panicked) => {
                self.wire.push(&replies::internal_error());
                Flow::Close
            }
        }
    }

    /// Answers a command that moves nothing, as long as there are not too many of them.
    pub(super) async fn answer_idle_command(&mut self, reply: Result<Reply, Panicked>) -> Flow {
        self.idle_commands += 1;
        if self.idle_commands > self.settings.limits.idle_commands_max {
            self.wire.push(&replies::too_many_errors());
            return Flow::Close;
        }
        self.answer(reply).await
    }

    /// Answers with an error: slowly when there were many, for the last time when too many.
    pub(super) async fn refuse(&mut self, reply: &Reply) -> Flow {
        self.errors += 1;
        self.wire.push(reply);
        let limits = &self.settings.limits;
        let errors_max = if self.user.is_some() {
            // Our own user may have a whole message's worth of bad recipients.
            let recipients_max = u32::try_from(limits.recipients_max).unwrap_or(u32::MAX);
            limits.errors_max.saturating_add(recipients_max)
        } else if self.place.is_stressed(limits) {
            limits.errors_under_stress_max
        } else {
            limits.errors_max
        };
        if self.errors >= errors_max {
            self.wire.push(&replies::too_many_errors());
            return Flow::Close;
        }
        if self.errors > limits.errors_before_delay {
            sleep(self.settings.timeouts.error_delay).await;
        }
        Flow::Continue
    }

    /// Ends the connection behind a refusal, where the next command cannot be found (RFC 5321 §3.8).
    pub(super) fn give_up(&mut self) -> Flow {
        self.wire.push(&replies::place_lost());
        Flow::Close
    }

    /// Mail got through: what went wrong before is forgotten.
    pub(super) fn forgive(&mut self) {
        self.errors = 0;
        self.idle_commands = 0;
    }
}
