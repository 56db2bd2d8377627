//! Student's distribution: its quantiles, and how often a test by it says something where something is.
//!
//! Pure arithmetic of numbers. Knows no load, no margin and no verdict.

use std::f64::consts::PI;

/// Steps of the integral over the spread that a sample may show.
const STEPS: u32 = 400;
/// Halvings of a range, after which it is narrower than a number can tell.
const HALVINGS: u32 = 80;

/// The share of Student's distribution with `df` degrees of freedom that lies below `t`.
#[must_use]
pub fn cdf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(df / 2.0, 0.5, df / (df + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The value that a share `p` of the distribution lies below.
#[must_use]
pub fn quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -quantile(1.0 - p, df);
    }
    let mut high = 1.0;
    while cdf(high, df) < p && high < 1e12 {
        high *= 2.0;
    }
    halve(0.0, high, |t| cdf(t, df) < p)
}

/// How often a one-sided test with the critical value `t` says that there is something, where the truth lies `distance` standard errors
/// beyond what it tests for: the upper tail of the noncentral distribution.
#[must_use]
pub fn power(t: f64, df: f64, distance: f64) -> f64 {
    // Over what the estimate of the spread may come to, relative to the true one: Simpson's rule.
    let end = 1.0 + 10.0 / df.sqrt();
    let width = end / f64::from(STEPS);
    let log_scale = std::f64::consts::LN_2 + df / 2.0 * (df / 2.0).ln() - ln_gamma(df / 2.0);
    let at = |i: u32| {
        let s = f64::from(i) * width;
        if s <= 0.0 {
            // With one degree of freedom no spread at all is the likeliest.
            return if df > 1.0 { 0.0 } else { log_scale.exp() * normal(distance) };
        }
        (log_scale + (df - 1.0) * s.ln() - df * s * s / 2.0).exp() * normal(distance - t * s)
    };
    let inner: f64 = (1..STEPS).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    ((at(0) + inner + at(STEPS)) * width / 3.0).clamp(0.0, 1.0)
}

/// How many standard errors beyond what it tests for the truth must lie for such a test to say so with the power that is asked for.
#[must_use]
pub fn distance(t: f64, df: f64, power_asked: f64) -> f64 {
    let mut high = 1.0;
    while power(t, df, high) < power_asked && high < 1e6 {
        high *= 2.0;
    }
    halve(0.0, high, |d| power(t, df, d) < power_asked)
}

/// Where what holds below no longer holds.
fn halve(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The share of the normal distribution below `x`.
#[must_use]
pub fn normal(x: f64) -> f64 {
    if x.abs() > 8.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    // All terms have one sign, so that nothing is lost.
    let (mut term, mut sum) = (x, x);
    for k in 1..400 {
        term *= x * x / f64::from(2 * k + 1);
        sum += term;
        if term.abs() < 1e-17 * sum.abs() {
            break;
        }
    }
    (0.5 + sum * (-x * x / 2.0).exp() / (2.0 * PI).sqrt()).clamp(0.0, 1.0)
}

/// The logarithm of the gamma function, by Lanczos' approximation.
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum = C[0] + C.iter().enumerate().skip(1).map(|(i, c)| c / (x + i as f64)).sum::<f64>();
    let t = x + G + 0.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function, by its continued fraction.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast on one side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) { front * fraction(a, b, x) / a } else { 1.0 - front * fraction(b, a, 1.0 - x) / b }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let whole = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / whole(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for step in [even, odd] {
            d = 1.0 / whole(1.0 + step * d);
            c = whole(1.0 + step / c);
            value *= c * d;
        }
        if (value - before).abs() < 1e-16 * value.abs() {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{cdf, distance, normal, power, quantile};
    use proptest::prelude::*;

    fn near(found: f64, expected: f64, by: f64) {
        assert!((found - expected).abs() <= by, "{found} is not {expected}");
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // The table of critical values that every textbook prints, and `scipy.stats.t.ppf` for the broken degrees of freedom.
        for (p, df, expected) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 2.0, 4.302_652_730),
            (0.975, 4.0, 2.776_445_105),
            (0.975, 9.0, 2.262_157_163),
            (0.975, 19.0, 2.093_024_054),
            (0.95, 4.0, 2.131_846_786),
            (0.995, 4.0, 4.604_094_871),
            (0.8, 4.0, 0.940_964_577),
            (0.975, 1e6, 1.959_966_357),
        ] {
            near(quantile(p, df), expected, 1e-8);
            near(quantile(1.0 - p, df), -expected, 1e-8);
            near(cdf(expected, df), p, 1e-10);
        }
        near(normal(1.959_963_984_540_054), 0.975, 1e-14);
        near(normal(-1.0), 0.158_655_253_931_457, 1e-14);
    }

    #[test]
    fn where_nothing_is_a_test_says_something_as_often_as_it_may() {
        for df in [1.0, 2.0, 4.0, 7.3, 19.0, 120.0] {
            near(power(quantile(0.975, df), df, 0.0), 0.025, 1e-5);
        }
    }

    #[test]
    fn power_is_what_the_manual_of_r_prints() {
        // power.t.test(n = 20, delta = 1, sd = 1) gives 0.8689528; power.t.test(power = .90, delta = 1) gives n = 22.02110.
        near(power(quantile(0.975, 38.0), 38.0, 10.0_f64.sqrt()), 0.868_952_8, 5e-8);
        let n: f64 = 22.021_10;
        let df = 2.0 * (n - 1.0);
        near(distance(quantile(0.975, df), df, 0.9), (n / 2.0).sqrt(), 1e-5);
    }

    proptest! {
        #[test]
        fn a_quantile_is_where_its_share_lies_and_more_distance_is_seen_more_often(p in 0.001f64..0.999, df in 1.0f64..200.0, d in 0.0f64..6.0) {
            prop_assert!((cdf(quantile(p, df), df) - p).abs() < 1e-9);
            let t = quantile(0.975, df);
            prop_assert!(power(t, df, d) <= power(t, df, d + 0.1) + 1e-9);
        }

        #[test]
        fn the_distance_has_the_power_that_was_asked_for(df in 2.0f64..60.0, asked in 0.1f64..0.95) {
            let t = quantile(0.975, df);
            prop_assert!((power(t, df, distance(t, df, asked)) - asked).abs() < 1e-6);
        }
    }
}
