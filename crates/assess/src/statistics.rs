//! Rates with their intervals, and discrimination with its uncertainty.

use serde::Serialize;
use utoipa::ToSchema;

/// The two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;
/// So many plants and so many controls are needed before d′ of one session says anything.
pub const FEWEST: u32 = 6;

/// A share with its 95 % interval after Wilson.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Rate {
    /// How many of them.
    pub count: u32,
    /// Out of how many.
    pub n: u32,
    /// Their share; none when there are none at all.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Rate {
    /// The share of `count` in `n`; a count above `n` is taken as `n`.
    pub fn new(count: u32, n: u32) -> Self {
        let count = count.min(n);
        let interval = wilson(count, n);
        Self {
            count,
            n,
            value: (n > 0).then(|| f64::from(count) / f64::from(n)),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        }
    }
}

/// Wilson's score interval at 95 %, none for n = 0 (E. B. Wilson, "Probable inference, the law of succession, and
/// statistical inference", JASA 22, 1927). Never Wald's: it has no width at 0 and at n.
pub fn wilson(count: u32, n: u32) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (n, p) = (f64::from(n), f64::from(count) / f64::from(n));
    let z2 = Z95 * Z95;
    let centre = p + z2 / (2.0 * n);
    let margin = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // At 0 and at n the ends are exact; what rounding leaves of them is none of the figure.
    let low = if count == 0 { 0.0 } else { ((centre - margin) / scale).max(0.0) };
    let high = if f64::from(count) >= n { 1.0 } else { ((centre + margin) / scale).min(1.0) };
    Some((low, high))
}

/// How well plants are told from controls.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Discrimination {
    /// Fewer than six plants or six controls.
    TooFewToSay {
        /// Plants.
        plants: u32,
        /// Controls.
        controls: u32,
    },
    /// d′ and c with log-linear correction.
    Estimate {
        /// Plants.
        plants: u32,
        /// Controls.
        controls: u32,
        /// `z(H) − z(F)`: 0 is chance.
        d_prime: Bounded,
        /// `−½(z(H) + z(F))`: above 0 is slow to reject.
        criterion: Bounded,
    },
}

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Bounded {
    /// The estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Bounded {
    fn around(value: f64, variance: f64) -> Self {
        let margin = Z95 * variance.sqrt();
        Self { value, low: value - margin, high: value + margin }
    }
}

/// An area under the ROC curve with the interval of Hanley and McNeil ("The meaning and use of the area under a receiver
/// operating characteristic curve", Radiology 143, 1982), kept within 0 and 1; `first` and `second` are how many of either
/// kind it was measured on, one at least of each.
pub fn area_under_curve(value: f64, first: usize, second: usize) -> Bounded {
    let (m, n) = (first.max(1) as f64, second.max(1) as f64);
    let square = value * value;
    let (q1, q2) = (value / (2.0 - value), 2.0 * square / (1.0 + value));
    let variance = (value * (1.0 - value) + (m - 1.0) * (q1 - square) + (n - 1.0) * (q2 - square)) / (m * n);
    let Bounded { value, low, high } = Bounded::around(value, variance.max(0.0));
    Bounded { value, low: low.max(0.0), high: high.min(1.0) }
}

/// Discrimination of one session: nothing is said below [`FEWEST`] plants and controls.
pub fn discrimination(hits: u32, plants: u32, false_alarms: u32, controls: u32) -> Discrimination {
    if plants < FEWEST || controls < FEWEST {
        return Discrimination::TooFewToSay { plants, controls };
    }
    pooled(hits, plants, false_alarms, controls)
}

/// Discrimination over counts of any size, for pooled sessions. Rates are corrected log-linearly, always:
/// `(hits + ½) / (n + 1)` (M. J. Hautus, "Corrections for extreme proportions", Behavior Research Methods 27, 1995);
/// the variance is that of Gourevitch and Galanter (Psychometrika 32, 1967), at the corrected rates.
pub fn pooled(hits: u32, plants: u32, false_alarms: u32, controls: u32) -> Discrimination {
    let (hit, hit_variance) = transformed(hits, plants);
    let (alarm, alarm_variance) = transformed(false_alarms, controls);
    let variance = hit_variance + alarm_variance;
    Discrimination::Estimate {
        plants,
        controls,
        d_prime: Bounded::around(hit - alarm, variance),
        criterion: Bounded::around(-0.5 * (hit + alarm), variance / 4.0),
    }
}

/// z of the corrected rate, and the variance of that z.
fn transformed(count: u32, n: u32) -> (f64, f64) {
    let n = f64::from(n) + 1.0;
    let rate = (f64::from(count).min(n - 1.0) + 0.5) / n;
    let z = normal_quantile(rate);
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    (z, rate * (1.0 - rate) / (n * density * density))
}

/// The quantile of the standard normal distribution: algorithm AS 241, PPND16 (M. J. Wichura, Applied Statistics 37,
/// 1988), about 16 digits. Infinite at 0 and 1, not a number outside.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = (-tail.ln()).sqrt();
    let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    z.copysign(q)
}

/// Numerator and denominator of a rational approximation, highest power first.
type Polynomials = ([f64; 8], [f64; 8]);

fn ratio((above, below): &Polynomials, r: f64) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * r + c);
    value(above) / value(below)
}

#[expect(clippy::excessive_precision, reason = "as published")]
const CENTRE: Polynomials = (
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_812_8e4,
        6.726_577_092_700_870_1e4,
        4.592_195_393_154_987_1e4,
        1.373_169_376_550_946_1e4,
        1.971_590_950_306_551_4e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_6,
    ],
    [
        5.226_495_278_852_854_5e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_6e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
);

#[expect(clippy::excessive_precision, reason = "as published")]
const MIDDLE: Polynomials = (
    [
        7.745_450_142_783_414_1e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_545,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
);

#[expect(clippy::excessive_precision, reason = "as published")]
const FAR: Polynomials = (
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103_8,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64, within: f64) -> bool {
        (left - right).abs() <= within
    }

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
    /// method 3; 5 of 6 as measured by hand.
    #[test]
    fn the_area_under_a_curve_has_the_published_error() {
        // The example of the article: an area of 0.893 over 51 abnormal and 58 normal images has a standard error of 0.032.
        let area = area_under_curve(0.893, 51, 58);
        assert!(((area.high - area.low) / 2.0 / Z95 - 0.032).abs() < 0.001, "{area:?}");
        assert_eq!(area_under_curve(1.0, 5, 5), Bounded { value: 1.0, low: 1.0, high: 1.0 });
    }

    #[test]
    fn wilson_intervals_are_the_published_ones() {
        for (count, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (5, 6, 0.4365, 0.9699),
        ] {
            let (below, above) = wilson(count, n).unwrap();
            assert!(close(below, low, 5e-5) && close(above, high, 5e-5), "{count}/{n}: {below} {above}");
        }
        for n in 1..200 {
            assert_eq!((wilson(0, n).unwrap().0, wilson(n, n).unwrap().1), (0.0, 1.0), "{n}");
        }
        assert_eq!(Rate::new(0, 0), Rate { count: 0, n: 0, value: None, low: None, high: None });
    }

    /// Test values given with AS 241 (Wichura 1988) and the usual table of the normal distribution.
    #[test]
    fn the_normal_quantile_agrees_with_its_published_test_values() {
        for (p, z) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
            (0.5, 0.0),
            (0.975, Z95),
            (0.841_344_746_068_542_9, 1.0),
        ] {
            assert!(close(normal_quantile(p), z, 1e-12), "{p}: {}", normal_quantile(p));
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }

    /// Macmillan and Creelman, Detection Theory (2nd ed., 2005), chapter 1: H = .8 and F = .4 give d′ = 1.095; with
    /// very many trials the correction no longer matters.
    #[test]
    fn d_prime_and_criterion_approach_the_textbook_values_with_many_trials() {
        let Discrimination::Estimate { d_prime, criterion, .. } = pooled(800_000, 1_000_000, 400_000, 1_000_000) else {
            panic!("an estimate");
        };
        assert!(close(d_prime.value, 1.095, 5e-4), "{d_prime:?}");
        assert!(close(criterion.value, -0.294, 5e-4), "{criterion:?}");
        assert!(d_prime.high - d_prime.low < 0.02);
    }

    #[test]
    fn the_correction_is_always_on_and_the_interval_is_wide_for_one_session() {
        // 20.5/26 and 10.5/26.
        let Discrimination::Estimate { d_prime, criterion, .. } = discrimination(20, 25, 10, 25) else {
            panic!("an estimate");
        };
        assert!(close(d_prime.value, 1.0445, 5e-4), "{d_prime:?}");
        assert!(close(criterion.value, -0.2788, 5e-4), "{criterion:?}");
        let Discrimination::Estimate { d_prime, .. } = discrimination(6, 6, 0, 6) else { panic!("an estimate") };
        assert!(d_prime.value.is_finite() && d_prime.low > 0.0 && d_prime.high - d_prime.low > 2.0, "{d_prime:?}");
    }

    #[test]
    fn five_plants_or_five_controls_are_too_few_to_say() {
        assert_eq!(discrimination(5, 5, 0, 9), Discrimination::TooFewToSay { plants: 5, controls: 9 });
        assert_eq!(discrimination(5, 9, 0, 5), Discrimination::TooFewToSay { plants: 9, controls: 5 });
    }
}
