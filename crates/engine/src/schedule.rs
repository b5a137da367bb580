//! When to try again: delays between tries, with jitter so that what failed together does not come
//! back together, and the end of patience.

use std::{str::FromStr, time::Duration};

use postscale_model::{Sources, Timestamp};

/// Tries a message gets before it may be given up, however old it is: a clock that jumps must not
/// bounce mail (security.md M23).
pub const ATTEMPTS_MIN: i64 = 8;

/// Delays between tries; the last one repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

/// The text is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no list of delays such as 5m,15m,1h,2h,4h*")]
pub struct ScheduleError;

impl Default for RetrySchedule {
    /// 5 minutes to 4 hours (operations.md).
    fn default() -> Self {
        let minutes = [5, 15, 60, 120, 240];
        Self(minutes.map(|m| Duration::from_secs(m * 60)).to_vec())
    }
}

impl FromStr for RetrySchedule {
    type Err = ScheduleError;

    /// Reads `5m,15m,1h,4h*`: units `s`, `m`, `h`, `d`; the last delay repeats, marked so or not.
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.strip_suffix('*').unwrap_or(text);
        let delays: Vec<_> = text.split(',').map(duration).collect::<Result<_, _>>()?;
        Ok(Self(delays))
    }
}

/// Reads a number with a unit, such as `90s` or `4h`.
fn duration(text: &str) -> Result<Duration, ScheduleError> {
    let text = text.trim();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or(ScheduleError)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err(ScheduleError),
    };
    let number: u64 = number.parse().map_err(|_| ScheduleError)?;
    let delay = number.checked_mul(seconds).ok_or(ScheduleError)?;
    if delay == 0 {
        return Err(ScheduleError);
    }
    Ok(Duration::from_secs(delay))
}

impl RetrySchedule {
    /// A schedule of these delays.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn new(delays: Vec<Duration>) -> Self {
        assert!(!delays.is_empty(), "a schedule has a delay");
        Self(delays)
    }

    /// When to try again after the try of that number, from 1, failed.
    #[must_use]
    pub fn next(&self, attempt: i64, sources: &Sources) -> Timestamp {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
        let last = self.0.last().copied().unwrap_or_default();
        let delay = self.0.get(index).copied().unwrap_or(last);
        sources.now().plus(jittered(delay, sources))
    }

    /// How many delays there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a schedule has a delay.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The delay and up to a tenth of it more.
pub(crate) fn jittered(delay: Duration, sources: &Sources) -> Duration {
    let part = u32::from(u16::from_be_bytes(sources.bytes()));
    delay + delay * part / (10 * u32::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postscale_model::{Clock, Random};

    use super::*;

    struct Fixed(u8);
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(0)
        }
    }
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn sources(byte: u8) -> Sources {
        Sources::new(Arc::new(Fixed(byte)), Arc::new(Fixed(byte)))
    }

    #[test]
    fn the_usual_schedule_is_read_and_its_last_delay_repeats() {
        let schedule: RetrySchedule = "5m,15m,1h,2h,4h*".parse().unwrap();
        assert_eq!(schedule, RetrySchedule::default());
        let minutes: Vec<_> = (1..=7)
            .map(|attempt| schedule.next(attempt, &sources(0)).seconds() / 60)
            .collect();
        assert_eq!(minutes, [5, 15, 60, 120, 240, 240, 240]);
    }

    #[test]
    fn jitter_adds_up_to_a_tenth() {
        let schedule: RetrySchedule = "100s".parse().unwrap();
        assert_eq!(schedule.next(1, &sources(0xff)).seconds(), 110);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "5",
            "m",
            "5x",
            "5m,",
            "0s",
            "-1m",
            "5m*,1h",
            "99999999999999999999d",
        ] {
            assert_eq!(text.parse::<RetrySchedule>(), Err(ScheduleError), "{text}");
        }
    }
}
