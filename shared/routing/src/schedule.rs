//! Whether a destination's schedule is open, by the wall clock of its time zone.
//!
//! Where clocks are set back, a window holds in both passes of the repeated hour; where they are set
//! forward, the minutes that do not exist open and close nothing.

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use traffoflex_model::{Schedule, TimeOfDay};

const MINUTES_PER_DAY: u16 = TimeOfDay::MINUTES_PER_DAY;
const MINUTES_PER_WEEK: u16 = 7 * MINUTES_PER_DAY;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ScheduleError {
    /// Within the schedule, for example `windows[0].weekdays`.
    pub path: String,
    pub message: String,
}

#[derive(Debug, Clone)]
pub struct CompiledSchedule {
    timezone: TimeZone,
    /// Minutes of the week, Monday 00:00 being 0; start included, end excluded; sorted, none overlap.
    open: Box<[(u16, u16)]>,
}

/// The zone of an IANA name.
pub fn timezone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

impl CompiledSchedule {
    pub fn compile(schedule: &Schedule) -> Result<Self, ScheduleError> {
        let error = |path: String, message: &str| ScheduleError { path, message: message.into() };
        let timezone = timezone(&schedule.timezone)
            .ok_or_else(|| error("timezone".into(), "an IANA time zone, for example Europe/Berlin"))?;
        if schedule.windows.is_empty() || schedule.windows.len() > Schedule::MAX_WINDOWS {
            return Err(error("windows".into(), &format!("1 to {} windows", Schedule::MAX_WINDOWS)));
        }
        let mut open = Vec::new();
        for (i, window) in schedule.windows.iter().enumerate() {
            if window.weekdays.is_empty() {
                return Err(error(format!("windows[{i}].weekdays"), "at least one of mon to sun"));
            }
            if window.start.minutes() == MINUTES_PER_DAY {
                return Err(error(format!("windows[{i}].start"), "before 24:00"));
            }
            for day in &window.weekdays {
                let midnight = *day as u16 * MINUTES_PER_DAY;
                let (start, mut end) = (midnight + window.start.minutes(), midnight + window.end.minutes());
                if end <= start {
                    end += MINUTES_PER_DAY;
                }
                // Past Sunday midnight is Monday morning.
                open.push((start, end.min(MINUTES_PER_WEEK)));
                if end > MINUTES_PER_WEEK {
                    open.push((0, end - MINUTES_PER_WEEK));
                }
            }
        }
        Ok(Self { timezone, open: merged(open).into() })
    }

    /// `now_ms`: UTC milliseconds.
    pub fn is_open(&self, now_ms: i64) -> bool {
        let Ok(now) = Timestamp::from_millisecond(now_ms) else { return false };
        let local = self.timezone.to_datetime(now);
        let day = local.weekday().to_monday_zero_offset() as u16;
        let minute = day * MINUTES_PER_DAY + local.hour() as u16 * 60 + local.minute() as u16;
        self.open.iter().any(|(start, end)| (*start..*end).contains(&minute))
    }
}

fn merged(mut windows: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
    windows.sort_unstable();
    let mut merged: Vec<(u16, u16)> = Vec::new();
    for (start, end) in windows {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use traffoflex_model::{ScheduleWindow, Weekday};

    use super::*;

    fn schedule(timezone: &str, windows: &[(&[Weekday], &str, &str)]) -> CompiledSchedule {
        let window = |(days, start, end): &(&[Weekday], &str, &str)| ScheduleWindow {
            weekdays: days.to_vec(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
        };
        let windows = windows.iter().map(window).collect();
        CompiledSchedule::compile(&Schedule { timezone: timezone.into(), windows }).unwrap()
    }

    fn at(schedule: &CompiledSchedule, time: &str) -> bool {
        schedule.is_open(time.parse::<Timestamp>().unwrap().as_millisecond())
    }

    const WORKDAYS: &[Weekday] = &[Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

    #[test]
    fn business_hours_are_local() {
        let office = schedule("America/New_York", &[(WORKDAYS, "09:00", "18:00")]);
        // 2026-11-20 was a Friday; New York was at UTC-5.
        assert!(!at(&office, "2026-11-20T13:59:59Z"));
        assert!(at(&office, "2026-11-20T14:00:00Z"));
        assert!(at(&office, "2026-11-20T22:59:59Z"));
        assert!(!at(&office, "2026-11-20T23:00:00Z"));
        assert!(!at(&office, "2026-11-21T15:00:00Z"), "Saturday");
        // In July it is at UTC-4.
        assert!(at(&office, "2026-07-03T13:00:00Z") && !at(&office, "2026-07-03T22:00:00Z"));
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_starts_on() {
        let night = schedule("UTC", &[(&[Weekday::Mon], "22:00", "02:00")]);
        // 2026-11-23 was a Monday.
        for (time, open) in [
            ("2026-11-23T01:00:00Z", false),
            ("2026-11-23T21:59:59Z", false),
            ("2026-11-23T22:00:00Z", true),
            ("2026-11-24T01:59:59Z", true),
            ("2026-11-24T02:00:00Z", false),
            ("2026-11-24T22:30:00Z", false),
        ] {
            assert_eq!(at(&night, time), open, "{time}");
        }
        let sunday = schedule("UTC", &[(&[Weekday::Sun], "22:00", "02:00")]);
        assert!(at(&sunday, "2026-11-23T01:00:00Z"), "Monday morning after Sunday night");
        assert!(at(&sunday, "2026-11-22T23:00:00Z") && !at(&sunday, "2026-11-23T02:00:00Z"));
        let whole = schedule("UTC", &[(&[Weekday::Sat], "00:00", "00:00")]);
        assert!(at(&whole, "2026-11-21T00:00:00Z") && at(&whole, "2026-11-21T23:59:59Z"));
        assert!(!at(&whole, "2026-11-22T00:00:00Z") && !at(&whole, "2026-11-20T23:59:59Z"));
    }

    #[test]
    fn clocks_that_are_set_forward_and_back() {
        // Berlin, 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00. Both Sundays.
        let early = schedule("Europe/Berlin", &[(&[Weekday::Sun], "01:30", "02:30")]);
        assert!(at(&early, "2026-03-29T00:59:59Z"), "01:59:59 CET");
        assert!(!at(&early, "2026-03-29T01:00:00Z"), "03:00 CEST, the rest of the window does not exist");
        assert!(at(&early, "2026-10-25T00:15:00Z"), "02:15 CEST");
        assert!(!at(&early, "2026-10-25T00:45:00Z"), "02:45 CEST");
        assert!(at(&early, "2026-10-25T01:15:00Z"), "02:15 CET, the second pass");
        assert!(!at(&early, "2026-10-25T01:30:00Z"));
        // An overnight window that spans both changes is an hour shorter and an hour longer.
        let night = schedule("Europe/Berlin", &[(&[Weekday::Sat], "22:00", "06:00")]);
        let minutes = |day: &str| {
            let start = day.parse::<Timestamp>().unwrap().as_millisecond();
            (0..24 * 60).filter(|minute| night.is_open(start + minute * 60_000)).count()
        };
        assert_eq!(minutes("2026-03-28T12:00:00Z"), 7 * 60);
        assert_eq!(minutes("2026-10-24T12:00:00Z"), 9 * 60);
        assert_eq!(minutes("2026-11-21T12:00:00Z"), 8 * 60);
    }

    #[test]
    fn what_is_wrong_names_its_place() {
        let bad = |timezone: &str, days: &[Weekday], start: &str| {
            let window = ScheduleWindow {
                weekdays: days.to_vec(),
                start: start.parse().unwrap(),
                end: "10:00".parse().unwrap(),
            };
            let schedule = Schedule { timezone: timezone.into(), windows: vec![window] };
            CompiledSchedule::compile(&schedule).unwrap_err().path
        };
        assert_eq!(bad("Mars/Olympus", WORKDAYS, "09:00"), "timezone");
        assert_eq!(bad("UTC", &[], "09:00"), "windows[0].weekdays");
        assert_eq!(bad("UTC", WORKDAYS, "24:00"), "windows[0].start");
        let none = Schedule { timezone: "UTC".into(), windows: Vec::new() };
        assert_eq!(CompiledSchedule::compile(&none).unwrap_err().path, "windows");
    }

    proptest! {
        /// Against the definition, minute by minute, without the merging and wrapping.
        #[test]
        fn open_exactly_when_a_window_holds(
            windows in proptest::collection::vec((proptest::collection::vec(0..7_usize, 1..4), 0..1440_u16, 0..=1440_u16), 1..5),
            minute in 0..7 * 1440_i64,
        ) {
            let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60).parse().unwrap();
            let schedule = Schedule {
                timezone: "UTC".into(),
                windows: windows.iter().map(|(days, start, end)| ScheduleWindow {
                    weekdays: days.iter().map(|day| Weekday::ALL[*day]).collect(),
                    start: time(*start),
                    end: time(*end),
                }).collect(),
            };
            let (day, now) = ((minute / 1440) as usize, (minute % 1440) as u16);
            let holds = windows.iter().any(|(days, start, end)| days.iter().any(|on| {
                let is_same = *on == day;
                let is_next = (*on + 1) % 7 == day;
                if end > start { is_same && now >= *start && now < *end } else { is_same && now >= *start || is_next && now < *end }
            }));
            // 2026-11-23 was a Monday.
            let monday = "2026-11-23T00:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
            prop_assert_eq!(CompiledSchedule::compile(&schedule).unwrap().is_open(monday + minute * 60_000), holds);
        }
    }
}
