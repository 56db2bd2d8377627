//! Distributions of times: their quantiles, and draws from a seed.
//!
//! Pure. Reads no clock and no randomness of the machine.

/// SplitMix64: the same numbers of every run.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly spread within 0 and 1, neither of them included.
    pub fn share(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Evenly spread below a number.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// A distribution of times, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always the same.
    Fixed(u64),
    /// Evenly spread between two.
    Uniform(u64, u64),
    /// Exponential, of this mean.
    Exponential(u64),
    /// Some times, each so often; times ascending.
    Steps(Vec<(u32, u64)>),
}

impl Law {
    /// Reads `fixed:5ms`, `uniform:1ms..50ms`, `exponential:5ms`, `steps:70x2ms+25x10ms+5x50ms`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no distribution: fixed:5ms, uniform:1ms..50ms, exponential:5ms, steps:70x2ms+30x10ms");
        let (name, of) = text.split_once(':').ok_or_else(wrong)?;
        match name {
            "fixed" => time(of).map(Self::Fixed),
            "exponential" => time(of).map(Self::Exponential),
            "uniform" => {
                let (low, high) = of.split_once("..").ok_or_else(wrong)?;
                let (low, high) = (time(low)?, time(high)?);
                if low <= high { Ok(Self::Uniform(low, high)) } else { Err(wrong()) }
            }
            "steps" => {
                let mut steps = Vec::new();
                for step in of.split('+') {
                    let (weight, at) = step.split_once('x').ok_or_else(wrong)?;
                    steps.push((weight.parse::<u32>().map_err(|_| wrong())?, time(at)?));
                }
                steps.sort_by_key(|(_, at)| *at);
                if steps.iter().any(|(weight, _)| *weight > 0) { Ok(Self::Steps(steps)) } else { Err(wrong()) }
            }
            _ => Err(wrong()),
        }
    }

    /// The time that this share of all times stays below or at.
    pub fn quantile(&self, share: f64) -> u64 {
        match self {
            Self::Fixed(at) => *at,
            Self::Uniform(low, high) => low + ((high - low) as f64 * share) as u64,
            Self::Exponential(mean) => (-(1.0 - share).ln() * *mean as f64) as u64,
            Self::Steps(steps) => {
                let all: u64 = steps.iter().map(|(weight, _)| u64::from(*weight)).sum();
                let mut below = 0;
                for (weight, at) in steps {
                    below += u64::from(*weight);
                    if share * all as f64 <= below as f64 {
                        return *at;
                    }
                }
                steps.last().map_or(0, |(_, at)| *at)
            }
        }
    }

    /// One time of it.
    pub fn draw(&self, dice: &mut Dice) -> u64 {
        self.quantile(dice.share())
    }
}

/// So many quantiles stand for a law where its distribution has to be exact.
const QUANTILES: usize = 10_000;

/// The quantiles of a law in an order that is drawn once, and again and again from there.
pub struct Deck {
    times: Vec<u64>,
    at: usize,
}

impl Deck {
    /// All quantiles, in the order of a seed.
    pub fn shuffled(law: &Law, seed: u64) -> Self {
        let mut times: Vec<u64> = (0..QUANTILES).map(|n| law.quantile((n as f64 + 0.5) / QUANTILES as f64)).collect();
        let mut dice = Dice(seed);
        for n in (1..times.len()).rev() {
            times.swap(n, dice.below(n + 1));
        }
        Self { times, at: 0 }
    }

    /// The next time.
    pub fn next(&mut self) -> u64 {
        let time = self.times[self.at];
        self.at = (self.at + 1) % self.times.len();
        time
    }
}

/// A time such as `5ms`, `250us`, `1.5s`, in nanoseconds.
pub fn time(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ns" => 1.0,
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        _ => return Err(format!("`{text}` is no time: 250us, 5ms, 1.5s")),
    };
    match digits.parse::<f64>() {
        Ok(number) if number >= 0.0 => Ok((number * unit) as u64),
        _ => Err(format!("`{text}` is no time: 250us, 5ms, 1.5s")),
    }
}
