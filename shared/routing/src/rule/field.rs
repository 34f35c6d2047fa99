//! A field's text in a click, and the spelling in which values are compared with it.

use std::fmt::Write;

use traffoflex_model::{FieldKind, NamedField, RuleField};

use crate::context::ClickContext;

const MS_PER_HOUR: i64 = 3_600_000;
const MS_PER_DAY: i64 = 24 * MS_PER_HOUR;
/// 1970-01-01 was a Thursday.
const EPOCH_WEEKDAY: i64 = 3;
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Calls `take` with the field's text; empty when nothing is known.
pub fn with_text<R>(field: &RuleField, ctx: &ClickContext<'_>, take: impl FnOnce(&str) -> R) -> R {
    let text = match field {
        RuleField::Sub(n) => ctx.subs[usize::from(n - 1)],
        RuleField::Query(name) => ctx.query_param(name),
        RuleField::Named(named) => match named {
            NamedField::Source => ctx.source,
            NamedField::Country => ctx.country,
            NamedField::Region => ctx.region,
            NamedField::City => ctx.city,
            NamedField::Isp => ctx.isp,
            NamedField::DeviceType => ctx.device_type,
            NamedField::Os => ctx.os,
            NamedField::OsVersion => ctx.os_version,
            NamedField::Browser => ctx.browser,
            NamedField::BrowserVersion => ctx.browser_version,
            NamedField::Language => ctx.language,
            NamedField::UserAgent => ctx.user_agent,
            NamedField::Ip => ctx.ip,
            NamedField::Referrer => ctx.referrer,
            NamedField::IsBot => flag(ctx.is_bot),
            NamedField::IsUnique => flag(ctx.is_unique),
            NamedField::IsProxy => flag(ctx.is_proxy),
            NamedField::UtmSource => ctx.utm_source,
            NamedField::UtmMedium => ctx.utm_medium,
            NamedField::UtmCampaign => ctx.utm_campaign,
            NamedField::UtmContent => ctx.utm_content,
            NamedField::UtmTerm => ctx.utm_term,
            NamedField::Asn if ctx.asn == 0 => "",
            NamedField::Asn => return take(Number::of(i64::from(ctx.asn)).as_str()),
            NamedField::Hour => {
                return take(Number::of(ctx.created_at_ms.rem_euclid(MS_PER_DAY) / MS_PER_HOUR).as_str());
            }
            NamedField::Weekday => {
                let day = ctx.created_at_ms.div_euclid(MS_PER_DAY);
                return take(Number::of((day + EPOCH_WEEKDAY).rem_euclid(7) + 1).as_str());
            }
        },
    };
    take(text)
}

fn flag(set: bool) -> &'static str {
    if set { "true" } else { "false" }
}

/// A small number as text, on the stack.
struct Number {
    bytes: [u8; 20],
    len: usize,
}

impl Number {
    fn of(value: i64) -> Self {
        let mut number = Self { bytes: [0; 20], len: 0 };
        // 20 bytes hold every i64.
        let _ = write!(number, "{value}");
        number
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl Write for Number {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// The values as the field's text spells them: `AS3320` is 3320, `Sun` is 7. An error names its index.
pub fn normal_values(field: &RuleField, values: &[String]) -> Result<Vec<String>, (usize, String)> {
    let named = match field {
        RuleField::Named(named) => *named,
        RuleField::Sub(_) | RuleField::Query(_) => return Ok(values.to_vec()),
    };
    let normal = |value: &String| {
        let lower = value.trim().to_ascii_lowercase();
        match (named, named.kind()) {
            (NamedField::Weekday, _) => {
                let by_name = WEEKDAYS.iter().position(|day| lower == *day).map(|day| day as u32 + 1);
                let day = by_name.or_else(|| lower.parse().ok()).filter(|day| (1..=7).contains(day));
                day.map(|day| day.to_string()).ok_or("1 (Monday) to 7 (Sunday), or mon to sun")
            }
            (NamedField::Hour, _) => {
                let hour = lower.parse().ok().filter(|hour: &u32| *hour < 24);
                hour.map(|hour| hour.to_string()).ok_or("0 to 23")
            }
            (_, FieldKind::Number) => {
                let digits = lower.strip_prefix("as").unwrap_or(&lower);
                digits.parse::<u32>().map(|number| number.to_string()).map_err(|_| "a number such as 3320")
            }
            (_, FieldKind::Flag) => match lower.as_str() {
                "true" | "false" => Ok(lower),
                _ => Err("true or false"),
            },
            _ => Ok(value.clone()),
        }
    };
    let each = values.iter().enumerate();
    each.map(|(index, value)| normal(value).map_err(|message| (index, message.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: &str, ctx: &ClickContext<'_>) -> String {
        with_text(&field.parse().unwrap(), ctx, str::to_owned)
    }

    #[test]
    fn time_is_utc() {
        // 2026-11-21 was a Saturday.
        let ctx = ClickContext { created_at_ms: 1_795_305_599_999, ..Default::default() };
        assert_eq!((text("hour", &ctx), text("weekday", &ctx)), ("23".into(), "6".into()));
        let next = ClickContext { created_at_ms: 1_795_305_600_000, ..Default::default() };
        assert_eq!((text("hour", &next), text("weekday", &next)), ("0".into(), "7".into()));
        let before_1970 = ClickContext { created_at_ms: -1, ..Default::default() };
        assert_eq!((text("hour", &before_1970), text("weekday", &before_1970)), ("23".into(), "3".into()));
    }

    #[test]
    fn values_are_spelled_as_the_text_is() {
        let normal = |field: &str, value: &str| normal_values(&field.parse().unwrap(), &[value.to_owned()]);
        assert_eq!(normal("asn", "AS3320"), Ok(vec!["3320".into()]));
        assert_eq!(normal("weekday", "Sun"), Ok(vec!["7".into()]));
        assert_eq!(normal("hour", "07"), Ok(vec!["7".into()]));
        assert_eq!(normal("is_bot", "True"), Ok(vec!["true".into()]));
        for (field, wrong) in [("asn", "x"), ("weekday", "8"), ("hour", "24"), ("is_bot", "maybe")] {
            assert_eq!(normal(field, wrong).unwrap_err().0, 0, "{field} {wrong}");
        }
    }
}
