//! Caps, ready for a decision: their identity, their window, and what a click takes from them.

use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use traffoflex_model::{Cap, CapMetric, DestinationId, units};
use xxhash_rust::xxh3::xxh3_64;

use crate::schedule::timezone;

const MS_PER_MINUTE: i64 = 60_000;
const MS_PER_HOUR: i64 = 60 * MS_PER_MINUTE;
/// A rolling window is counted in so many steps: usage leaves it at most one step late.
const STEPS: i64 = 60;

/// Hash of a cap's destination and [`Cap::key`]: the same on every node and at central.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CapId(pub u64);

impl CapId {
    pub fn of(destination: &str, key: &str) -> Self {
        Self(xxh3_64(format!("{destination}|{key}").as_bytes()))
    }
}

#[derive(Debug, Clone)]
pub struct CompiledCap {
    id: CapId,
    metric: CapMetric,
    limit_units: i64,
    window: CapWindow,
    redirect_destination_id: Option<DestinationId>,
}

#[derive(Debug, Clone)]
pub enum CapWindow {
    /// The last so many hours.
    Rolling { hours: u32 },
    /// From midnight to midnight.
    Day(TimeZone),
}

/// What a click takes from a cap, in [`Cap::SCALE`]ths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    pub cap: CapId,
    /// Start of the step of the window that it counts in, UTC milliseconds.
    pub bucket_ms: i64,
    pub units: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct CapError {
    pub field: &'static str,
    pub message: String,
}

impl CapWindow {
    pub fn of(cap: &Cap) -> Result<Self, CapError> {
        let error = |field, message: &str| CapError { field, message: message.into() };
        match (cap.window_hours, &cap.calendar_timezone) {
            (Some(hours), None) if (1..=Cap::MAX_WINDOW_HOURS).contains(&hours) => {
                Ok(Self::Rolling { hours })
            }
            (Some(_), None) => Err(error("window_hours", &format!("1 to {}", Cap::MAX_WINDOW_HOURS))),
            (None, Some(name)) => timezone(name)
                .map(Self::Day)
                .ok_or_else(|| error("calendar_timezone", "an IANA time zone, for example Europe/Berlin")),
            _ => Err(error("window_hours", "either this or calendar_timezone")),
        }
    }

    /// Start of the step that a time falls into, UTC milliseconds.
    pub fn bucket_ms(&self, at_ms: i64) -> i64 {
        match self {
            Self::Rolling { hours } => {
                let step = i64::from(*hours) * MS_PER_HOUR / STEPS;
                at_ms.div_euclid(step) * step
            }
            Self::Day(timezone) => start_of_day(timezone, at_ms),
        }
    }

    /// What happened before this no longer counts at `now_ms`. A bucket counts while its start is not
    /// before this: in a rolling window usage leaves up to a step late, never early.
    pub fn since_ms(&self, now_ms: i64) -> i64 {
        match self {
            Self::Rolling { hours } => {
                let step = i64::from(*hours) * MS_PER_HOUR / STEPS;
                (now_ms - i64::from(*hours) * MS_PER_HOUR).div_euclid(step) * step
            }
            Self::Day(timezone) => start_of_day(timezone, now_ms),
        }
    }

    /// When nothing that happened by `now_ms` counts any more; none while that comes bit by bit.
    pub fn until_ms(&self, now_ms: i64) -> Option<i64> {
        match self {
            Self::Rolling { .. } => None,
            Self::Day(timezone) => {
                let midnight = start_of_day(timezone, now_ms);
                Some(start_of_day(timezone, midnight + A_DAY_AND_A_HALF_MS))
            }
        }
    }
}

/// From a midnight into the middle of the next day, however long the day is.
const A_DAY_AND_A_HALF_MS: i64 = 36 * MS_PER_HOUR;

fn start_of_day(timezone: &TimeZone, at_ms: i64) -> i64 {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(timezone.clone());
    at.start_of_day().map_or(at_ms, |start| start.timestamp().as_millisecond())
}

impl CompiledCap {
    pub fn compile(destination: &DestinationId, cap: &Cap) -> Result<Self, CapError> {
        let error = |message: &str| CapError { field: "limit", message: message.into() };
        let whole = matches!(cap.metric, CapMetric::Clicks | CapMetric::Conversions);
        if cap.limit.is_sign_negative() && !cap.limit.is_zero() {
            return Err(error("0 or above"));
        }
        if whole && !cap.limit.fract().is_zero() {
            return Err(error("a whole number"));
        }
        if cap.limit > Decimal::from(i64::MAX / Cap::SCALE) {
            return Err(error(&format!("at most {}", i64::MAX / Cap::SCALE)));
        }
        Ok(Self {
            id: CapId::of(destination, &cap.key()),
            metric: cap.metric,
            limit_units: cap.limit_units(),
            window: CapWindow::of(cap)?,
            redirect_destination_id: cap.redirect_destination_id.clone(),
        })
    }

    pub fn id(&self) -> CapId {
        self.id
    }

    pub fn metric(&self) -> CapMetric {
        self.metric
    }

    pub fn limit_units(&self) -> i64 {
        self.limit_units
    }

    pub fn window(&self) -> &CapWindow {
        &self.window
    }

    /// Takes the clicks instead while the cap is reached.
    pub fn redirect_destination_id(&self) -> Option<&DestinationId> {
        self.redirect_destination_id.as_ref()
    }

    /// What one click of this cost takes; none when it takes nothing.
    pub fn charge(&self, cost: Decimal, now_ms: i64) -> Option<Charge> {
        let units = match self.metric {
            CapMetric::Clicks => Cap::SCALE,
            CapMetric::Cost => units(cost),
            CapMetric::Conversions | CapMetric::Revenue => return None,
        };
        (units > 0).then(|| Charge { cap: self.id, bucket_ms: self.window.bucket_ms(now_ms), units })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cap(json: &str) -> Cap {
        let (metric, rest) = json.split_once(' ').unwrap();
        let metric = CapMetric::ALL.into_iter().find(|m| m.as_str() == metric).unwrap();
        let (limit, window) = rest.split_once(' ').unwrap();
        Cap {
            metric,
            limit: limit.parse().unwrap(),
            window_hours: window.strip_suffix('h').and_then(|hours| hours.parse().ok()),
            calendar_timezone: (!window.ends_with('h')).then(|| window.to_owned()),
            redirect_destination_id: None,
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let wrong = |json: &str| CompiledCap::compile(&"d".into(), &cap(json)).unwrap_err().field;
        assert_eq!(wrong("clicks 0.5 1h"), "limit");
        assert_eq!(wrong("clicks -1 1h"), "limit");
        assert_eq!(wrong("cost 99999999999999 1h"), "limit");
        assert_eq!(wrong("clicks 1 0h"), "window_hours");
        assert_eq!(wrong("clicks 1 Mars/Olympus"), "calendar_timezone");
        let neither = Cap { window_hours: None, ..cap("clicks 1 1h") };
        assert_eq!(CompiledCap::compile(&"d".into(), &neither).unwrap_err().field, "window_hours");
    }

    #[test]
    fn days_are_local_and_may_have_23_hours() {
        let berlin = CapWindow::of(&cap("clicks 1 Europe/Berlin")).unwrap();
        let ms = |time: &str| time.parse::<Timestamp>().unwrap().as_millisecond();
        assert_eq!(berlin.bucket_ms(ms("2026-11-21T22:59:59Z")), ms("2026-11-20T23:00:00Z"));
        assert_eq!(berlin.bucket_ms(ms("2026-11-21T23:00:00Z")), ms("2026-11-21T23:00:00Z"));
        assert_eq!(berlin.bucket_ms(ms("2026-03-29T21:59:59Z")), ms("2026-03-28T23:00:00Z"));
        assert_eq!(berlin.bucket_ms(ms("2026-03-29T22:00:00Z")), ms("2026-03-29T22:00:00Z"));
        assert_eq!(berlin.until_ms(ms("2026-03-29T10:00:00Z")), Some(ms("2026-03-29T22:00:00Z")));
        assert_eq!(berlin.until_ms(ms("2026-10-25T22:59:00Z")), Some(ms("2026-10-25T23:00:00Z")));
    }

    #[test]
    fn a_click_takes_itself_or_its_cost() {
        let charge = |json: &str| {
            let cap = CompiledCap::compile(&"d".into(), &cap(json)).unwrap();
            cap.charge("0.25".parse().unwrap(), 0).map(|charge| charge.units)
        };
        assert_eq!(charge("clicks 10 1h"), Some(1_000_000));
        assert_eq!(charge("cost 10 1h"), Some(250_000));
        assert_eq!(charge("revenue 10 1h"), None);
    }

    proptest! {
        #[test]
        fn a_bucket_counts_for_its_window_and_at_most_a_step_longer(hours in 1..200_u32, at in 0..1_i64 << 42, later in 0..1_i64 << 31) {
            let window = CapWindow::Rolling { hours };
            let (length, step) = (i64::from(hours) * MS_PER_HOUR, i64::from(hours) * MS_PER_HOUR / STEPS);
            let counts = window.bucket_ms(at) >= window.since_ms(at + later);
            prop_assert!(counts || later > length);
            prop_assert!(!counts || later < length + 2 * step);
        }
    }
}
