//! Where a report's rows are read from: builds of days and hours where they hold all that the events hold, and
//! the events for the rest (see [`crate::rollups`]). Pure: what is fresh, the query knows.

use std::{collections::BTreeMap, ops::Range};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    dimension::Dimension,
    query::{ConversionTime, ReportQuery},
};
use crate::rollups::{
    HOUR_MS,
    fresh::{Fresh, Spans},
    grain::{self, COLUMNS, Grain, Span},
};

/// Ranges that one statement reads from the events. Where more are stale, what lies between the closest is read
/// from the events as well.
const MAX_RANGES: usize = 32;

/// Builds of the same number in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub first: u32,
    /// Excluded.
    pub end: u32,
    pub build: u64,
}

/// Rows of one grain.
pub struct Rollup {
    pub grain: &'static Grain,
    pub runs: Vec<Run>,
}

pub struct Source {
    pub rollups: Vec<Rollup>,
    /// Periods of clicks that are read from the events, UTC milliseconds.
    pub clicks: Vec<Range<i64>>,
    pub conversion_runs: Vec<Run>,
    /// Hours of conversions (`created_at`) that are read from the events; None: all that can count.
    pub conversions: Option<Vec<Range<i64>>>,
}

impl Source {
    pub fn raw(query: &ReportQuery) -> Self {
        Self {
            rollups: Vec::new(),
            clicks: Vec::from_iter(Some(kept_from(query)..query.to_ms).filter(|range| !range.is_empty())),
            conversion_runs: Vec::new(),
            conversions: None,
        }
    }

    /// Of a query that is grouped by these dimensions.
    pub fn of(query: &ReportQuery, dimensions: &[&Dimension]) -> Self {
        let mut source = Self::raw(query);
        let Some(fresh) = query.fresh.as_deref() else { return source };
        if let Some(needs) = needs(query, dimensions) {
            source.take_clicks(query, &needs, fresh);
        }
        source.take_conversions(query, &fresh.conversions);
        source
    }

    /// As the answer names it.
    pub fn name(&self) -> &'static str {
        let rolled =
            !self.conversion_runs.is_empty() || self.rollups.iter().any(|rollup| !rollup.runs.is_empty());
        let events =
            !self.clicks.is_empty() || self.conversions.as_ref().is_none_or(|ranges| !ranges.is_empty());
        match (rolled, events) {
            (true, false) => "rollup",
            (true, true) => "mixed",
            (false, true) => "raw",
            // There is nothing to read.
            (false, false) => "rollup",
        }
    }

    fn take_clicks(&mut self, query: &ReportQuery, needs: &Needs, fresh: &Fresh) {
        let day = grain::covering(Span::Day, &needs.columns);
        let hour = grain::covering(Span::Hour, &needs.columns);
        let mut taken: BTreeMap<u32, (Span, u64)> = BTreeMap::new();
        let mut stale: Vec<Range<i64>> = Vec::new();
        let kept_from = kept_from(query);
        let fits = |first: u32, span: Span| {
            let from = i64::from(first) * HOUR_MS;
            let range = from..from + span.ms();
            range.start >= kept_from && range.end <= query.to_ms && !needs.cuts.cut(&query.timezone, &range)
        };
        let mut hours = fresh.hours.iter().peekable();
        for (&first_of_day, build) in &fresh.days {
            let of_day = first_of_day..first_of_day + Span::Day.hours();
            let build = build.filter(|_| day.is_some() && fits(first_of_day, Span::Day));
            if let Some(build) = build {
                taken.insert(first_of_day, (Span::Day, build));
            }
            while let Some((&first, built)) = hours.next_if(|(hour, _)| **hour < of_day.end) {
                let ms = i64::from(first) * HOUR_MS;
                let part = ms.max(kept_from)..(ms + HOUR_MS).min(query.to_ms);
                if build.is_some() || part.is_empty() {
                    continue;
                }
                match built.filter(|_| hour.is_some() && fits(first, Span::Hour)) {
                    Some(build) => {
                        taken.insert(first, (Span::Hour, build));
                    }
                    None => stale.push(part),
                }
            }
        }
        self.clicks = together(stale, |gap| {
            // A span begins in the gap and ends in it, too: it touches neither of the ranges beside it.
            let hours =
                (gap.start.div_euclid(HOUR_MS)) as u32..(gap.end + HOUR_MS - 1).div_euclid(HOUR_MS) as u32;
            let within: Vec<u32> = taken.range(hours).map(|(first, _)| *first).collect();
            for first in within {
                taken.remove(&first);
            }
        });
        self.rollups = [(Span::Day, day), (Span::Hour, hour)]
            .into_iter()
            .filter_map(|(span, grain)| {
                let of_span = taken.iter().filter(|(_, (of, _))| *of == span);
                let runs = runs(of_span.map(|(first, (_, build))| (*first, *build)), span);
                (!runs.is_empty()).then_some(Rollup { grain: grain?, runs })
            })
            .collect();
    }

    fn take_conversions(&mut self, query: &ReportQuery, spans: &Spans) {
        let by_click = query.conversion_time == ConversionTime::Click;
        // Rows are whole conversions: it does not matter that an hour is cut.
        let counts = |first: u32| {
            let from = i64::from(first) * HOUR_MS;
            from + HOUR_MS > query.from_ms - super::rows::CLOCK_SLACK_MS
                && from + HOUR_MS > query.kept.conversions_from_ms
                && (by_click || from < query.to_ms)
        };
        let (mut taken, mut stale) = (BTreeMap::new(), Vec::new());
        for (&first, build) in spans.iter().filter(|(first, _)| counts(**first)) {
            match build {
                Some(build) => {
                    taken.insert(first, *build);
                }
                None => stale.push(i64::from(first) * HOUR_MS..(i64::from(first) + 1) * HOUR_MS),
            }
        }
        self.conversions = Some(together(stale, |gap| {
            taken.retain(|first, _| !gap.contains(&(i64::from(*first) * HOUR_MS)));
        }));
        self.conversion_runs = runs(taken.into_iter(), Span::Hour);
    }
}

/// Since when clicks count.
fn kept_from(query: &ReportQuery) -> i64 {
    query.from_ms.max(query.kept.clicks_from_ms)
}

/// What a report needs of added up clicks.
struct Needs {
    columns: Vec<&'static str>,
    cuts: Cuts,
}

/// At which moments rows must be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cuts {
    Nowhere,
    Days,
    Hours,
}

impl Cuts {
    fn cut(self, zone: &TimeZone, range: &Range<i64>) -> bool {
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(zone.clone());
        match self {
            Self::Nowhere => false,
            Self::Days => at(range.start).date() != at(range.end - 1).date(),
            Self::Hours => {
                let (first, last) = (at(range.start), at(range.end - 1));
                (first.date(), first.hour(), first.offset()) != (last.date(), last.hour(), last.offset())
            }
        }
    }
}

/// None: no grain can have it.
fn needs(query: &ReportQuery, dimensions: &[&Dimension]) -> Option<Needs> {
    let filtered = query.conditions().into_iter().map(|condition| condition.dimension);
    let used = dimensions.iter().copied().chain(filtered);
    let mut needs = Needs { columns: Vec::new(), cuts: Cuts::Nowhere };
    for dimension in used {
        let sql = query.of_click(dimension);
        for column in columns_of(&sql, "c") {
            match column {
                // Every grain has it.
                "currency" => {}
                "created_at" => needs.cuts = needs.cuts.max(cuts_of(query, dimension)?),
                column => needs.columns.push(COLUMNS.iter().find(|known| **known == column)?),
            }
        }
    }
    Some(needs)
}

/// Of a dimension that is made of the time; None: of one that is not known here.
fn cuts_of(query: &ReportQuery, dimension: &Dimension) -> Option<Cuts> {
    match dimension.name {
        "day" | "week" | "month" | "weekday" => Some(Cuts::Days),
        // Hours of another day may lie elsewhere on the clock.
        "hour" | "hour_of_day" if query.shift.is_none() => Some(Cuts::Hours),
        _ => None,
    }
}

/// Columns of a table's alias that SQL of ours names.
pub fn columns_of<'s>(sql: &'s str, alias: &str) -> Vec<&'s str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let dotted = format!("{alias}.");
    let found = sql.match_indices(&dotted).filter(|(at, _)| !sql[..*at].ends_with(is_word));
    let named = found.map(|(at, _)| {
        let rest = &sql[at + dotted.len()..];
        &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]
    });
    named.collect()
}

fn runs(spans: impl Iterator<Item = (u32, u64)>, span: Span) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (first, build) in spans {
        match runs.last_mut() {
            Some(run) if run.end == first && run.build == build => run.end += span.hours(),
            _ => runs.push(Run { first, end: first + span.hours(), build }),
        }
    }
    runs
}

/// Ranges that touch as one, and no more than [`MAX_RANGES`]; `close` is told what was between two that became one.
fn together(mut ranges: Vec<Range<i64>>, mut close: impl FnMut(Range<i64>)) -> Vec<Range<i64>> {
    ranges.sort_by_key(|range| range.start);
    let mut gap_ms = 0;
    loop {
        let mut merged: Vec<Range<i64>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start - last.end <= gap_ms => {
                    if range.start > last.end {
                        close(last.end..range.start);
                    }
                    last.end = range.end;
                }
                _ => merged.push(range),
            }
        }
        if merged.len() <= MAX_RANGES {
            return merged;
        }
        ranges = merged;
        gap_ms = (gap_ms * 2).max(HOUR_MS);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        super::query::{GROUPED, ReportQuery},
        *,
    };

    const DAY: u32 = 24;
    /// 2026-11-01T00:00Z.
    const FIRST: u32 = 498_192;

    /// Every hour of three days is built, but for the stale ones.
    fn fresh(stale: &[u32]) -> Fresh {
        let hours = (FIRST..FIRST + 3 * DAY).map(|hour| (hour, (!stale.contains(&hour)).then_some(7)));
        let is_stale = |day: u32| stale.iter().any(|hour| hour / DAY * DAY == day);
        let days = (0..3).map(|day| FIRST + day * DAY).map(|day| (day, (!is_stale(day)).then_some(9)));
        Fresh { hours: hours.collect(), days: days.collect(), conversions: Spans::new() }
    }

    fn source(raw: &str, fresh: Fresh) -> Source {
        let query = ReportQuery::parse(raw, &[], GROUPED).unwrap();
        let query = ReportQuery { fresh: Some(Arc::new(fresh)), ..query };
        Source::of(&query, &query.group_by)
    }

    fn grains(source: &Source) -> Vec<(&'static str, Vec<(u32, u32)>)> {
        let of =
            |rollup: &Rollup| rollup.runs.iter().map(|run| (run.first - FIRST, run.end - FIRST)).collect();
        source.rollups.iter().map(|rollup| (rollup.grain.name, of(rollup))).collect()
    }

    fn hours(source: &Source) -> Vec<(f64, f64)> {
        let hour = |ms: i64| ms as f64 / HOUR_MS as f64 - f64::from(FIRST);
        source.clicks.iter().map(|range| (hour(range.start), hour(range.end))).collect()
    }

    const PERIOD: &str = "from=2026-11-01T00:00:00Z&to=2026-11-04T00:00:00Z";

    #[test]
    fn whole_days_come_from_days_and_what_is_cut_or_stale_from_hours_and_events() {
        let whole = source(&format!("{PERIOD}&group_by=campaign,os"), fresh(&[]));
        assert_eq!((grains(&whole), hours(&whole)), (vec![("day_all", vec![(0, 72)])], vec![]));
        let stale = source(&format!("{PERIOD}&group_by=campaign"), fresh(&[FIRST + 30]));
        assert_eq!(
            grains(&stale),
            [("day_route", vec![(0, 24), (48, 72)]), ("hour_route", vec![(24, 30), (31, 48)])]
        );
        assert_eq!((hours(&stale), stale.name()), (vec![(30.0, 31.0)], "mixed"));
        let cut = source("from=2026-11-01T00:30:00Z&to=2026-11-01T03:00:00Z&group_by=campaign", fresh(&[]));
        assert_eq!((grains(&cut), hours(&cut)), (vec![("hour_route", vec![(1, 3)])], vec![(0.5, 1.0)]));
    }

    #[test]
    fn days_of_a_timezone_cut_days_and_hours_of_utc() {
        let berlin = source(&format!("{PERIOD}&group_by=day&timezone=Europe/Berlin"), fresh(&[]));
        assert_eq!((grains(&berlin), hours(&berlin)), (vec![("hour", vec![(0, 72)])], vec![]));
        // A day begins there at half past six of UTC.
        let kolkata = source(&format!("{PERIOD}&group_by=day&timezone=Asia/Kolkata"), fresh(&[]));
        assert_eq!(hours(&kolkata), [(18.0, 19.0), (42.0, 43.0), (66.0, 67.0)]);
        assert!(
            source(&format!("{PERIOD}&group_by=hour&timezone=Asia/Kolkata"), fresh(&[])).rollups.is_empty()
        );
        let hourly = source(&format!("{PERIOD}&group_by=hour&timezone=Europe/Berlin"), fresh(&[]));
        assert_eq!(grains(&hourly), [("hour", vec![(0, 72)])]);
    }

    #[test]
    fn what_no_grain_has_is_read_from_the_events() {
        for raw in [
            "group_by=sub1",
            "group_by=campaign&country=US&sub1=x",
            "group_by=is_bot",
            "group_by=hour,country,os,stream",
        ] {
            let source = source(&format!("{PERIOD}&{raw}"), fresh(&[]));
            assert!(source.rollups.iter().all(|rollup| rollup.runs.is_empty()), "{raw}");
            assert_eq!(hours(&source), [(0.0, 72.0)], "{raw}");
        }
    }

    #[test]
    fn many_stale_hours_become_few_ranges_and_nothing_is_counted_twice() {
        let stale: Vec<u32> = (0..36).map(|i| FIRST + 2 * i).collect();
        let source = source(&format!("{PERIOD}&group_by=campaign"), fresh(&stale));
        assert!(source.clicks.len() <= MAX_RANGES);
        let mut covered = vec![0; 72];
        for rollup in &source.rollups {
            for run in &rollup.runs {
                (run.first..run.end).for_each(|hour| covered[(hour - FIRST) as usize] += 1);
            }
        }
        for (from, to) in hours(&source) {
            (from as usize..to as usize).for_each(|hour| covered[hour] += 1);
        }
        assert_eq!(covered, vec![1; 72]);
    }
}
