//! The time that a report is about, and the one it is compared with. Pure: the time now is an argument.

use jiff::{
    Timestamp, ToSpan, Unit, Zoned,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What reports can be asked for, UTC milliseconds: within what ClickHouse's DateTime64 holds.
const PERIODS_MS: std::ops::Range<i64> = 0..7_258_118_400_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Longest period, in days.
const MAX_PERIOD_DAYS: i64 = 3 * 366;
/// Without `from`: the last 7 days.
const DEFAULT_PERIOD_MS: i64 = 7 * DAY_MS;
/// Without `to`: what nodes with a fast clock have just sent belongs to it too.
const DEFAULT_AHEAD_MS: i64 = 60_000;

/// A period that moves with the clock, by calendar days of the report's timezone; weeks begin on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportPeriod)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Today,
    Yesterday,
    /// With today.
    #[serde(rename = "last_7_days")]
    Last7Days,
    /// With today.
    #[serde(rename = "last_30_days")]
    Last30Days,
    ThisWeek,
    LastWeek,
    ThisMonth,
    LastMonth,
}

impl Period {
    /// The first day, and the one after the last.
    fn days(self, today: &Zoned) -> Result<(Zoned, Zoned), jiff::Error> {
        let tomorrow = today.tomorrow()?;
        let monday = today.checked_sub((today.weekday().since(Weekday::Monday)).days())?;
        let first = today.first_of_month()?;
        Ok(match self {
            Self::Today => (today.clone(), tomorrow),
            Self::Yesterday => (today.yesterday()?, today.clone()),
            Self::Last7Days => (today.checked_sub(6.days())?, tomorrow),
            Self::Last30Days => (today.checked_sub(29.days())?, tomorrow),
            Self::ThisWeek => (monday, tomorrow),
            Self::LastWeek => (monday.checked_sub(7.days())?, monday),
            Self::ThisMonth => (first, tomorrow),
            Self::LastMonth => (first.checked_sub(1.month())?, first),
        })
    }
}

/// UTC milliseconds: the first is included, the last is not.
pub type Bounds = (i64, i64);

/// Of `from` and `to`, or of a named period. An error names its field.
pub fn bounds(
    from: Option<&str>,
    to: Option<&str>,
    period: Option<Period>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Bounds, Vec<(&'static str, String)>> {
    if let Some(period) = period {
        if from.is_some() || to.is_some() {
            return Err(vec![("period", "either a period, or from and to".into())]);
        }
        let unknown = |_| vec![("period", "no calendar has it".to_owned())];
        let today = now.to_zoned(zone.clone()).start_of_day().map_err(unknown)?;
        let (first, after) = period.days(&today).map_err(unknown)?;
        return Ok((first.timestamp().as_millisecond(), after.timestamp().as_millisecond()));
    }
    let mut errors = Vec::new();
    let mut read = |name, text: Option<&str>| match text.map(time) {
        None => None,
        Some(Ok(ms)) => Some(ms),
        Some(Err(error)) => {
            errors.push((name, error));
            None
        }
    };
    let (from, to) = (read("from", from), read("to", to));
    if !errors.is_empty() {
        return Err(errors);
    }
    let to_ms = to.unwrap_or(now.as_millisecond() + DEFAULT_AHEAD_MS);
    let from_ms = from.unwrap_or(to_ms - DEFAULT_PERIOD_MS);
    checked((from_ms, to_ms)).map_err(|error| vec![error])
}

fn checked((from_ms, to_ms): Bounds) -> Result<Bounds, (&'static str, String)> {
    if from_ms >= to_ms {
        return Err(("to", "must be after from".into()));
    }
    if to_ms - from_ms > MAX_PERIOD_DAYS * DAY_MS {
        return Err(("from", format!("at most {MAX_PERIOD_DAYS} days before to")));
    }
    Ok((from_ms, to_ms))
}

fn time(text: &str) -> Result<i64, String> {
    let time: Timestamp =
        text.parse().map_err(|_| "an RFC 3339 time such as 2026-11-21T00:00:00Z".to_owned())?;
    let ms = time.as_millisecond();
    if PERIODS_MS.contains(&ms) { Ok(ms) } else { Err("from 1970 to 2199".into()) }
}

/// What makes a time of the other period one of the report's, on the clock of its timezone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    Days(i64),
    Years(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    pub bounds: Bounds,
    pub shift: Shift,
}

impl Compared {
    /// The date beside which the last day of the other period stands.
    pub fn last_day(&self, zone: &TimeZone) -> Option<Date> {
        let last = Timestamp::from_millisecond(self.bounds.1 - 1).ok()?.to_zoned(zone.clone()).date();
        match self.shift {
            Shift::Days(days) => last.checked_add(days.days()).ok(),
            Shift::Years(years) => last.checked_add(years.years()).ok(),
        }
    }
}

/// `previous_period`: as many calendar days back as it takes not to overlap, at the same times of the clock;
/// `previous_year`: the same dates of the year before; else `<from>..<to>`, whose first day stands beside the
/// report's first.
pub fn compared(text: &str, (from_ms, to_ms): Bounds, zone: &TimeZone) -> Result<Compared, String> {
    let local = |ms: i64| {
        let time = Timestamp::from_millisecond(ms).map_err(|error| error.to_string())?;
        Ok::<Zoned, String>(time.to_zoned(zone.clone()))
    };
    let (from, to) = (local(from_ms)?, local(to_ms)?);
    let back = |shift: Shift| {
        let of = |time: &Zoned| {
            let before = match shift {
                Shift::Days(days) => time.checked_sub(days.days()),
                Shift::Years(years) => time.checked_sub(years.years()),
            }?;
            // A day that begins at one o'clock stands beside one that does not.
            if *time == time.start_of_day()? { before.start_of_day() } else { Ok(before) }
        };
        let both = of(&from).and_then(|from| Ok((from, of(&to)?)));
        let (from, to) = both.map_err(|error| error.to_string())?;
        let bounds = (from.timestamp().as_millisecond(), to.timestamp().as_millisecond());
        if !PERIODS_MS.contains(&bounds.0) || bounds.0 >= bounds.1 {
            return Err("nothing lies before".to_owned());
        }
        Ok(Compared { bounds, shift })
    };
    match text {
        "previous_period" => {
            let days =
                from.date().until((Unit::Day, to.date())).map_err(|error| error.to_string())?.get_days();
            // A part of a day, or a time of the clock that is later at the end, takes one more.
            let is_whole = from.checked_add(days.days()).map_err(|error| error.to_string())? >= to;
            back(Shift::Days(i64::from(days) + i64::from(!is_whole)))
        }
        "previous_year" => back(Shift::Years(1)),
        other => {
            let expected = "previous_period, previous_year or <from>..<to>";
            let (other_from, other_to) = other.split_once("..").ok_or(expected)?;
            let bounds = checked((time(other_from)?, time(other_to)?)).map_err(|(_, error)| error)?;
            let days = local(bounds.0)?.date().until((Unit::Day, from.date()));
            let days = days.map_err(|error| error.to_string())?.get_days();
            Ok(Compared { bounds, shift: Shift::Days(i64::from(days)) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn periods_are_whole_days_of_the_timezone() {
        // A Wednesday, four days after the clocks went back.
        let now: Timestamp = "2026-10-28T10:00:00Z".parse().unwrap();
        let of = |period| bounds(None, None, Some(period), &berlin(), now).unwrap();
        assert_eq!(of(Period::Today), (ms("2026-10-27T23:00:00Z"), ms("2026-10-28T23:00:00Z")));
        assert_eq!(of(Period::Last7Days), (ms("2026-10-21T22:00:00Z"), ms("2026-10-28T23:00:00Z")));
        assert_eq!(of(Period::LastWeek), (ms("2026-10-18T22:00:00Z"), ms("2026-10-25T23:00:00Z")));
        assert_eq!(of(Period::LastMonth), (ms("2026-08-31T22:00:00Z"), ms("2026-09-30T22:00:00Z")));
    }

    #[test]
    fn the_previous_period_follows_the_calendar() {
        let of = |text: &str, from: &str, to: &str| compared(text, (ms(from), ms(to)), &berlin()).unwrap();
        // The day of 25 hours has one of 24 before it.
        let day = of("previous_period", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(day.bounds, (ms("2026-10-23T22:00:00Z"), ms("2026-10-24T22:00:00Z")));
        assert_eq!(day.shift, Shift::Days(1));
        // Six hours are compared with those of the day before.
        let hours = of("previous_period", "2026-11-10T06:00:00Z", "2026-11-10T12:00:00Z");
        assert_eq!(hours.bounds, (ms("2026-11-09T06:00:00Z"), ms("2026-11-09T12:00:00Z")));
        let over = of("previous_period", "2026-11-09T06:00:00Z", "2026-11-10T12:00:00Z");
        assert_eq!(over.shift, Shift::Days(2));
        let year = of("previous_year", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z");
        assert_eq!(year.bounds, (ms("2027-02-27T23:00:00Z"), ms("2027-02-28T23:00:00Z")));
        let named =
            of("2026-03-01T00:00:00Z..2026-03-03T00:00:00Z", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z");
        assert_eq!(named.shift, Shift::Days(245));
        // Clocks go from midnight to one there, on the 24th of April.
        let cairo = TimeZone::get("Africa/Cairo").unwrap();
        let day = (ms("2026-04-23T22:00:00Z"), ms("2026-04-24T21:00:00Z"));
        let of_cairo = compared("previous_period", day, &cairo).unwrap();
        assert_eq!(of_cairo.bounds, (ms("2026-04-22T22:00:00Z"), ms("2026-04-23T22:00:00Z")));
        assert_eq!(of_cairo.last_day(&cairo).unwrap().to_string(), "2026-04-24");
        assert!(compared("last", (0, DAY_MS), &berlin()).is_err());
        assert!(compared("previous_period", (0, DAY_MS), &TimeZone::UTC).is_err());
    }
}
