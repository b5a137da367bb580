//! What happens next in a random test, decided by a seed, and how long it goes on.

/// A number of the environment: a seed, or a length.
#[expect(
    clippy::disallowed_methods,
    reason = "a seed and a length are given to a test run, not to the product"
)]
pub fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}

/// Numbers that look random and are the same for every run of a seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        let number = self.next() % u64::try_from(n).unwrap();
        usize::try_from(number).unwrap()
    }

    /// A whole number of seconds, from `least` to below `end`.
    pub fn seconds(&mut self, least: i64, end: i64) -> i64 {
        let span = usize::try_from(end - least).unwrap();
        least + i64::try_from(self.below(span)).unwrap()
    }

    /// Yes, in so many of a hundred cases.
    pub fn is(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them, if there are any.
    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.below(all.len())].clone())
    }

    /// Some of them, each as likely as not, in their order.
    pub fn some_of<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().filter(|_| self.is(50)).cloned().collect()
    }
}
