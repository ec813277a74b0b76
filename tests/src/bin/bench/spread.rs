//! What several runs of the same measurement say together.

use std::time::Duration;

/// The least, the middle and the greatest of some samples.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of at least one sample; of none, all are not a number.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |index: usize| samples.get(index).copied().unwrap_or(f64::NAN);
        Self {
            min: at(0),
            median: at(samples.len() / 2),
            max: at(samples.len().saturating_sub(1)),
        }
    }

    /// Of durations, in milliseconds.
    pub(crate) fn of_durations(samples: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(samples.into_iter().map(milliseconds).collect())
    }

    /// With this unit behind the figures.
    pub(crate) fn show(&self, unit: &str) -> String {
        let Self { min, median, max } = self;
        format!("{median:.1} {unit} ({min:.1} to {max:.1})")
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
