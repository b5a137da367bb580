//! Plots: what happened over time, and how something is divided.
//!
//! A plot is drawn here, as SVG without a script. Its letters are outside the picture, so that they
//! keep their size on a phone; the numbers it shows stand in a table beside it, for who does not see
//! it and for who wants them exactly. Colours only repeat what the legend, the order and the dashes
//! of lines say.

mod scale;
mod shares;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use askama::Template;

use super::{component, grouped};
use scale::Scale;
pub use shares::{Share, Shares};

/// Units the picture is high; it is stretched to the room there is.
const HEIGHT: f64 = 100.0;
/// Units between the starts of two columns.
const STEP: f64 = 10.0;
/// Names under the picture, at most. A phone shows every second one of so many.
const NAMES_MAX: usize = 5;

/// What the numbers of a plot are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// Fractions from 0 to 1, shown as percent.
    Rate,
}

impl Unit {
    /// A number as people read it.
    #[must_use]
    pub fn shown(self, number: f64) -> String {
        match self {
            Self::Count => grouped(whole(number)),
            Self::Rate => percent(number),
        }
    }
}

/// A fraction as percent, with a digit after the point where it tells something.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let tenths = (fraction * 1000.0).round();
    if (tenths % 10.0).abs() < 0.5 {
        format!("{:.0} %", tenths / 10.0)
    } else {
        format!("{:.1} %", tenths / 10.0)
    }
}

/// A number of the scale as a whole one: never negative, and far below 2⁵³ where fractions end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what both hold"
)]
const fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

/// A count as a number of a plot. Counts beyond 2⁵³ lose digits nobody could see.
#[expect(clippy::cast_precision_loss, reason = "a picture has a thousand dots")]
#[must_use]
pub const fn count(number: u64) -> f64 {
    number as f64
}

/// The colour of a series: a meaning where there is one, else the next of four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// The main thing shown.
    Accent,
    /// As it should be.
    Good,
    /// Waiting or worth a look.
    Warn,
    /// Failed.
    Bad,
    /// What the others are seen against.
    Quiet,
    /// One more thing of the same kind.
    Second,
    /// One more.
    Third,
    /// One more.
    Fourth,
}

impl Ink {
    const fn class(self) -> &'static str {
        match self {
            Self::Accent => "ink-accent",
            Self::Good => "ink-good",
            Self::Warn => "ink-warn",
            Self::Bad => "ink-bad",
            Self::Quiet => "ink-quiet",
            Self::Second => "ink-second",
            Self::Third => "ink-third",
            Self::Fourth => "ink-fourth",
        }
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Columns, each series on top of the one before.
    Column,
    /// A line, with a gap where there is no number.
    Line,
    /// A dashed line: a limit, or what is expected.
    Dashes,
}

/// How far apart numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Twice as much is twice as high.
    Even,
    /// Ten times as much is a step higher: for what grows from tens to hundreds of thousands.
    Powers,
}

/// One thing shown: a name, and a number or none at each moment.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is called in the legend and the table.
    pub name: &'static str,
    /// Its colour.
    pub ink: Ink,
    /// How it is drawn.
    pub mark: Mark,
    /// Its numbers, one for each moment; none where nothing can be said.
    pub numbers: Vec<Option<f64>>,
}

impl Series {
    /// Columns of counts.
    #[must_use]
    pub fn columns(name: &'static str, ink: Ink, counts: impl IntoIterator<Item = u64>) -> Self {
        Self {
            name,
            ink,
            mark: Mark::Column,
            numbers: counts.into_iter().map(|n| Some(count(n))).collect(),
        }
    }

    fn at(&self, moment: usize) -> Option<f64> {
        self.numbers.get(moment).copied().flatten()
    }
}

/// Something over time.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/chart.html")]
pub struct Chart {
    /// What the plot shows, in a sentence for who does not see it.
    about: String,
    unit: Unit,
    moments: Vec<String>,
    series: Vec<Series>,
    scale: Scale,
    table: Option<&'static str>,
}
component!(Chart);

/// A shape of the picture.
struct Shape {
    class: String,
    path: String,
}

impl Chart {
    /// The plot of series over moments, the earliest first.
    #[must_use]
    pub fn new(about: impl Into<String>, unit: Unit, moments: Vec<String>) -> Self {
        Self {
            about: about.into(),
            unit,
            moments,
            series: Vec::new(),
            scale: Scale::even(0.0, unit),
            table: Some("Moment"),
        }
    }

    /// With these things shown, columns from the bottom up.
    #[must_use]
    pub fn series(mut self, series: Vec<Series>) -> Self {
        self.series = series;
        self.scale = Scale::even(self.highest(), self.unit);
        self
    }

    /// With numbers drawn this far apart.
    #[must_use]
    pub fn spaced(mut self, spacing: Spacing) -> Self {
        self.scale = match spacing {
            Spacing::Even => Scale::even(self.highest(), self.unit),
            Spacing::Powers => Scale::powers(self.highest()),
        };
        self
    }

    /// With a table whose first column is called so: "Day", "Hour".
    #[must_use]
    pub const fn by(mut self, moment: &'static str) -> Self {
        self.table = Some(moment);
        self
    }

    /// Beside a table that the page has anyway.
    #[must_use]
    pub const fn without_table(mut self) -> Self {
        self.table = None;
        self
    }

    /// The highest thing drawn: columns stand on each other, lines do not.
    fn highest(&self) -> f64 {
        let stacked = (0..self.moments.len()).map(|at| self.stacked(at, self.series.len()));
        let lines = self.series.iter().filter(|s| s.mark != Mark::Column);
        let lines = lines.flat_map(|s| s.numbers.iter().copied().flatten());
        stacked.chain(lines).fold(0.0, f64::max)
    }

    /// How high the columns of the first `below` series stand at a moment.
    fn stacked(&self, moment: usize, below: usize) -> f64 {
        let columns = self.series.iter().take(below);
        let columns = columns.filter(|s| s.mark == Mark::Column);
        columns.filter_map(|s| s.at(moment)).sum()
    }

    fn width(&self) -> f64 {
        count(self.moments.len() as u64) * STEP
    }

    /// The lines behind the plot, as heights from the top.
    fn rules(&self) -> String {
        let mut path = String::new();
        for (height, _) in self.scale.marks() {
            let _infallible = write!(
                path,
                "M0 {}h{}",
                decimal(HEIGHT * (1.0 - height)),
                self.width()
            );
        }
        path
    }

    /// The names beside those lines, from the top.
    fn heights(&self) -> Vec<String> {
        let marks = self.scale.marks();
        marks
            .into_iter()
            .rev()
            .map(|(_, at)| self.unit.shown(at))
            .collect()
    }

    fn shapes(&self) -> Vec<Shape> {
        let drawn = self.series.iter().enumerate();
        drawn.map(|(at, series)| self.shape(at, series)).collect()
    }

    fn shape(&self, at: usize, series: &Series) -> Shape {
        let (class, path) = match series.mark {
            Mark::Column => ("column", self.columns(at, series)),
            Mark::Line => ("line", self.line(series)),
            Mark::Dashes => ("line dashes", self.line(series)),
        };
        Shape {
            class: format!("{class} {}", series.ink.class()),
            path,
        }
    }

    fn columns(&self, at: usize, series: &Series) -> String {
        let mut path = String::new();
        for moment in 0..self.moments.len() {
            let Some(number) = series.at(moment).filter(|n| *n > 0.0) else {
                continue;
            };
            let below = self.stacked(moment, at);
            let (bottom, top) = (self.scale.height(below), self.scale.height(below + number));
            let left = count(moment as u64) * STEP + STEP * 0.1;
            let _infallible = write!(
                path,
                "M{} {}V{}h{}V{}z",
                decimal(left),
                decimal(HEIGHT * (1.0 - bottom)),
                decimal(HEIGHT * (1.0 - top)),
                decimal(STEP * 0.8),
                decimal(HEIGHT * (1.0 - bottom)),
            );
        }
        path
    }

    fn line(&self, series: &Series) -> String {
        let mut path = String::new();
        let mut pen = 'M';
        for moment in 0..self.moments.len() {
            let Some(number) = series.at(moment) else {
                pen = 'M';
                continue;
            };
            let x = (count(moment as u64) + 0.5) * STEP;
            let y = HEIGHT * (1.0 - self.scale.height(number));
            if pen == 'M' && series.at(moment + 1).is_none() {
                // Alone it would be a dot that nobody sees: a dash as wide as a column.
                let x = x - STEP * 0.4;
                let _infallible = write!(
                    path,
                    "M{} {}h{}",
                    decimal(x),
                    decimal(y),
                    decimal(STEP * 0.8)
                );
                continue;
            }
            let _infallible = write!(path, "{pen}{} {}", decimal(x), decimal(y));
            pen = 'L';
        }
        path
    }

    /// The names under the picture: the first, the last and some between.
    fn names(&self) -> Vec<&str> {
        let last = self.moments.len().saturating_sub(1);
        let count = self.moments.len().min(NAMES_MAX);
        let between = count.saturating_sub(1).max(1);
        (0..count)
            .filter_map(|at| self.moments.get(at * last / between))
            .map(String::as_str)
            .collect()
    }

    /// What a moment says when it is pointed at.
    fn hint(&self, moment: usize) -> String {
        let mut hint = self.moments.get(moment).cloned().unwrap_or_default();
        for series in &self.series {
            if let Some(number) = series.at(moment) {
                let _infallible = write!(hint, "\n{}: {}", series.name, self.unit.shown(number));
            }
        }
        hint
    }

    /// Where the area to point at begins.
    fn left(moment: &usize) -> String {
        decimal(count(*moment as u64) * STEP)
    }

    /// The numbers of a moment, each with its name.
    fn cells(&self, moment: usize) -> Vec<(&'static str, String)> {
        let shown = |number| self.unit.shown(number);
        self.series
            .iter()
            .map(|series| {
                (
                    series.name,
                    series.at(moment).map_or_else(|| "–".to_owned(), shown),
                )
            })
            .collect()
    }

    /// The moments of the table, the newest first.
    fn rows(&self) -> Vec<(usize, &str)> {
        let rows = self.moments.iter().enumerate().rev();
        rows.map(|(at, name)| (at, name.as_str())).collect()
    }
}

/// A coordinate, with no more digits than can be seen.
fn decimal(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}
