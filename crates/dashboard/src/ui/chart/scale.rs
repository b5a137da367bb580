//! Where a number stands in a plot, and which numbers are written beside it.

use super::Unit;

/// From the least to the highest number of a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// From nothing to `top`, evenly.
    Even { top: f64 },
    /// From one to ten to the power of `decades`, a step for each power; what is below one stands
    /// at the bottom.
    Powers { decades: u8 },
}

impl Scale {
    /// For numbers up to `highest`: to the next number whose half is a round one too. Rates always
    /// go to one, so that two plots can be compared.
    pub(super) fn even(highest: f64, unit: Unit) -> Self {
        if unit == Unit::Rate {
            return Self::Even { top: 1.0 };
        }
        let power = 10_f64.powf(highest.max(1.0).log10().floor());
        let round = [2.0, 4.0, 6.0, 8.0, 10.0]
            .into_iter()
            .map(|step| step * power);
        let top = round.into_iter().find(|top| *top >= highest);
        Self::Even {
            top: top.unwrap_or(10.0 * power),
        }
    }

    /// For numbers up to `highest`, by powers of ten.
    pub(super) fn powers(highest: f64) -> Self {
        let powers = (1..=9).find(|powers| 10_f64.powi(*powers) >= highest);
        Self::Powers {
            decades: powers.and_then(|p| u8::try_from(p).ok()).unwrap_or(9),
        }
    }

    /// How high a number stands: from 0 to 1.
    pub(super) fn height(self, number: f64) -> f64 {
        let height = match self {
            Self::Even { top } => number / top,
            Self::Powers { decades } => number.max(1.0).log10() / f64::from(decades),
        };
        height.clamp(0.0, 1.0)
    }

    /// The numbers written beside the plot with their heights, from the bottom, evenly apart.
    pub(super) fn marks(self) -> Vec<(f64, f64)> {
        match self {
            Self::Even { top } => vec![(0.0, 0.0), (0.5, top / 2.0), (1.0, top)],
            Self::Powers { decades } => (0..=decades)
                .map(|power| {
                    let height = f64::from(power) / f64::from(decades);
                    (height, 10_f64.powi(power.into()))
                })
                .collect(),
        }
    }
}
