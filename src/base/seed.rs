//! The seed of a run and the small generator grown from it.
//!
//! The same seed gives the same values on every machine. Not for secrets: nothing here is unpredictable.

use std::fmt;

/// The number all randomness of a run is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Seed {
    /// An independent seed for the part of a run called `name`.
    #[must_use]
    pub fn derive(self, name: &str) -> Self {
        // FNV-1a keeps the derivation stable across builds, which the standard hasher does not promise.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ self.0, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self(Rng(hash).next_u64())
    }

    /// A generator started from this seed.
    #[must_use]
    pub fn rng(self) -> Rng {
        Rng(self.0)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast and the same everywhere.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn known_first_values_and_independent_children() {
        assert_eq!(Seed(0).rng().next_u64(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(Seed(7).derive("a"), Seed(7).derive("a"));
        assert_ne!(Seed(7).derive("a"), Seed(7).derive("b"));
        assert_ne!(Seed(7).derive("a"), Seed(8).derive("a"));
    }
}
