//! The query of a click: aliases resolved, junk bounded, values borrowed where nothing needs decoding.
//!
//! Of several names for one field the first non-empty one in the contract's order wins, whatever the
//! order of arrival; a value that still holds a macro the source never replaced counts after every
//! real one. What no field took stays in `rest`, and so does a value that lost.

mod alias;

use std::borrow::Cow;

use alias::{FIELDS, Field, field_of};
use percent_encoding::percent_decode_str;
use rust_decimal::Decimal;
use traffoflex_model::{Currency, Money};
use traffoflex_template::holds_macro;

/// Parameters looked at; the others are ignored and the click is flagged.
pub const MAX_PARAMETERS: usize = 256;
/// A longer value is cut, in bytes after decoding.
pub const MAX_VALUE_BYTES: usize = 2048;
/// Most bytes of names and values in `rest`.
pub const MAX_REST_BYTES: usize = 8192;
/// Most bytes of the query stored as received.
pub const MAX_RAW_QUERY_BYTES: usize = 8192;

type Text<'q> = Cow<'q, str>;

#[derive(Debug, Default)]
pub struct Parameters<'q> {
    values: [Value<'q>; FIELDS],
    /// Other parameters in order of arrival; names in lower case.
    pub rest: Vec<(Text<'q>, Text<'q>)>,
    /// The query as received, cut.
    pub raw: Text<'q>,
    /// Fields whose value holds an unreplaced macro, and `truncated` when something was left out.
    pub flags: String,
}

#[derive(Debug, Default, Clone)]
struct Value<'q> {
    text: Text<'q>,
    /// Place in the contract's order; lower wins.
    rank: u8,
    holds_macro: bool,
}

/// Added to the rank of a value that still holds a macro.
const MACRO_RANK: u8 = 100;

impl<'q> Parameters<'q> {
    pub fn parse(query: &'q str) -> Self {
        let mut parameters = Self::default();
        let raw = &query[..query.floor_char_boundary(MAX_RAW_QUERY_BYTES)];
        parameters.raw = raw.into();
        let mut truncated = raw.len() < query.len();
        let (mut taken, mut rest_bytes) = (0, 0);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if taken == MAX_PARAMETERS {
                truncated = true;
                break;
            }
            taken += 1;
            let (name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = lower_case(decode(name));
            let mut value = decode(raw_value);
            if value.len() > MAX_VALUE_BYTES {
                let end = value.floor_char_boundary(MAX_VALUE_BYTES);
                value.to_mut().truncate(end);
                truncated = true;
            }
            let left = match field_of(&name) {
                Some((field, rank)) => parameters.offer(field, rank, name, value, raw_value),
                None => Some((name, value)),
            };
            if let Some((name, value)) = left {
                rest_bytes += name.len() + value.len();
                if rest_bytes > MAX_REST_BYTES {
                    truncated = true;
                } else {
                    parameters.rest.push((name, value));
                }
            }
        }
        parameters.write_flags(truncated);
        parameters
    }

    /// Gives a value to a field; returns the one that lost, if it says anything.
    fn offer(
        &mut self,
        field: Field,
        rank: u8,
        name: Text<'q>,
        value: Text<'q>,
        raw: &str,
    ) -> Option<(Text<'q>, Text<'q>)> {
        if value.is_empty() {
            return None;
        }
        // Decoding made it shorter, or changed nothing that a macro is made of.
        let holds_macro = holds_macro(&value) || (raw.len() != value.len() && holds_macro(raw));
        let rank = if holds_macro { rank + MACRO_RANK } else { rank };
        let slot = &mut self.values[field.index()];
        if slot.text.is_empty() || rank < slot.rank {
            let lost = std::mem::replace(slot, Value { text: value, rank, holds_macro });
            let worth_keeping = !lost.text.is_empty() && lost.text != slot.text;
            return worth_keeping.then(|| (alias::name_of(field, lost.rank % MACRO_RANK).into(), lost.text));
        }
        (value != slot.text).then_some((name, value))
    }

    fn write_flags(&mut self, truncated: bool) {
        for field in Field::all() {
            if self.values[field.index()].holds_macro {
                self.flag(&field.name());
            }
        }
        if truncated {
            self.flag("truncated");
        }
    }

    /// Adds a word to the flags.
    pub fn flag(&mut self, word: &str) {
        if !self.flags.is_empty() {
            self.flags.push(',');
        }
        self.flags.push_str(word);
    }

    /// As stored; empty when missing.
    pub fn text(&self, field: Field) -> &str {
        &self.values[field.index()].text
    }

    /// As an identifier: empty when it still holds a macro.
    pub fn id(&self, field: Field) -> &str {
        let value = &self.values[field.index()];
        if value.holds_macro { "" } else { &value.text }
    }

    /// The value of the first of these names that has one, whichever field it may have filled. For names that
    /// are aliases of the source's click id or of no field.
    pub fn given(&self, names: &[&str]) -> &str {
        let held = &self.values[Field::SourceClickId.index()];
        let of = |name: &str| {
            let as_field = field_of(name) == Some((Field::SourceClickId, held.rank));
            let field = as_field.then_some(held.text.as_ref()).filter(|text| !text.is_empty());
            field.or_else(|| {
                self.rest.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_ref())
            })
        };
        names.iter().find_map(|name| of(name)).unwrap_or_default()
    }

    /// A value that counts more than any in the query; what it takes the place of stays in `rest`.
    pub fn preset_sub(&mut self, n: u8, value: &'q str) {
        let field = Field::Sub(n);
        let preset = Value { text: value.into(), rank: 0, holds_macro: false };
        let lost = std::mem::replace(&mut self.values[field.index()], preset);
        if lost.holds_macro {
            let name = field.name();
            let flags: Vec<&str> = self.flags.split(',').filter(|flag| *flag != name).collect();
            self.flags = flags.join(",");
        }
        if !lost.text.is_empty() && lost.text != value {
            self.rest.push((alias::name_of(field, lost.rank % MACRO_RANK).into(), lost.text));
        }
    }

    pub fn sub(&self, n: u8) -> &str {
        self.text(Field::Sub(n))
    }

    /// A cost of 0 or more with at most 6 decimals, point or comma; none when it is no such number.
    pub fn cost(&self) -> Option<Decimal> {
        let text = self.id(Field::Cost);
        if text.is_empty() {
            return Some(Decimal::ZERO);
        }
        let cost = Decimal::from_str_exact(&text.replace(',', ".")).ok()?.normalize();
        (cost >= Decimal::ZERO && cost <= MAX_COST && cost.scale() <= Money::SCALE).then_some(cost)
    }

    pub fn currency(&self) -> Option<Currency> {
        self.id(Field::Currency).parse().ok()
    }
}

pub use alias::Field as ParameterField;

/// More for one click is a mistake of units. Fits `Decimal(18,6)`.
const MAX_COST: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

fn decode(text: &str) -> Text<'_> {
    if !text.bytes().any(|b| matches!(b, b'%' | b'+')) {
        return text.into();
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned().into()
}

fn lower_case(name: Text<'_>) -> Text<'_> {
    if name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        name
    } else {
        name.to_lowercase().into()
    }
}

#[cfg(test)]
mod tests;
