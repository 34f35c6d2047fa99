//! What a report can be grouped and filtered by: a closed list, one file each.
//!
//! Values are text, and empty where nothing is known. What a click says of itself is empty for conversions
//! that are tied to no click. What only a conversion says (`network`, `offer`, `event_type`,
//! `conversion_status`, `attribution`, `days_since_click`) is empty for all clicks: grouped by it, clicks and
//! what they cost are in a row of their own, and filtered by a value of it, they are left out.

mod asn;
mod attribution;
mod bot_reason;
mod browser;
mod browser_version;
mod campaign;
mod city;
mod conversion_status;
mod country;
mod currency;
mod day;
mod days_since_click;
mod decision;
mod destination;
mod device;
mod event_type;
mod hour;
mod hour_of_day;
mod ip_prefix;
pub mod is_bot;
mod is_unique;
mod isp;
mod landing;
mod language;
mod month;
mod network;
mod node;
mod offer;
mod os;
mod os_version;
mod referrer;
mod region;
mod source;
pub mod stream;
mod sub;
mod utm;
mod week;
mod weekday;

use serde::Serialize;
use traffoflex_model::{FieldKind, Operator};
use utoipa::ToSchema;

/// Where the names of a dimension's ids are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Names {
    None,
    Campaigns,
    Streams,
    Destinations,
    Sources,
    Networks,
}

/// What the values of a dimension are: decides which operators it has, how they compare and how rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Of something that is configured here.
    Id,
    Text,
    /// Whole numbers.
    Number,
    /// Numbers separated by points, compared part by part.
    Version,
    Address,
    /// `true` or `false`; empty without a click.
    Flag,
    /// Dates whose text sorts as they do.
    Time,
    /// Times with an offset, in RFC 3339: compared and sorted as moments.
    Moment,
}

impl Kind {
    pub fn has(self, operator: Operator) -> bool {
        use Operator::*;
        match self {
            Self::Id => matches!(operator, Eq | Neq | In | NotIn | Exists | NotExists),
            Self::Time | Self::Moment => {
                matches!(operator, Eq | Neq | In | NotIn | Gt | Gte | Lt | Lte | StartsWith)
            }
            Self::Flag => matches!(operator, Eq | Neq | In | NotIn | Exists | NotExists),
            Self::Text => operator.applies_to(FieldKind::Text),
            Self::Number => operator.applies_to(FieldKind::Number),
            Self::Version => operator.applies_to(FieldKind::Version),
            Self::Address => operator.applies_to(FieldKind::Address),
        }
    }

    pub fn operators(self) -> Vec<Operator> {
        Operator::ALL.into_iter().filter(|operator| self.has(*operator)).collect()
    }
}

#[derive(Debug)]
pub struct Dimension {
    /// In requests and answers.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Other names that requests may use.
    pub aliases: &'static [&'static str],
    /// SQL over a row of `click_events` called `c`. `{at}` stands for the time at which the row counts.
    pub of_click: &'static str,
    /// SQL over a row of `conversion_events` called `v`, with its click as `c`, whose `click_id` is empty when
    /// there is none. `{at}` as above.
    pub of_conversion: &'static str,
    /// What of the click `of_conversion` reads.
    pub click_columns: &'static [&'static str],
    pub kind: Kind,
    pub names: Names,
}

impl Dimension {
    /// What those have in common that say nothing else.
    const TEXT: Self = Self {
        name: "",
        title: "",
        aliases: &[],
        of_click: "''",
        of_conversion: "''",
        click_columns: &[],
        kind: Kind::Text,
        names: Names::None,
    };
}

/// Listed where the UI shows them.
pub const ALL: [&Dimension; 51] = [
    &campaign::DIMENSION,
    &stream::DIMENSION,
    &destination::DIMENSION,
    &landing::DIMENSION,
    &source::DIMENSION,
    &country::DIMENSION,
    &region::DIMENSION,
    &city::DIMENSION,
    &asn::DIMENSION,
    &isp::DIMENSION,
    &ip_prefix::DIMENSION,
    &device::DIMENSION,
    &os::DIMENSION,
    &os_version::DIMENSION,
    &browser::DIMENSION,
    &browser_version::DIMENSION,
    &language::DIMENSION,
    &referrer::DIMENSION,
    &day::DIMENSION,
    &hour::DIMENSION,
    &hour_of_day::DIMENSION,
    &weekday::DIMENSION,
    &week::DIMENSION,
    &month::DIMENSION,
    &days_since_click::DIMENSION,
    &is_bot::DIMENSION,
    &bot_reason::DIMENSION,
    &is_unique::DIMENSION,
    &decision::DIMENSION,
    &node::DIMENSION,
    &network::DIMENSION,
    &offer::DIMENSION,
    &event_type::DIMENSION,
    &conversion_status::DIMENSION,
    &attribution::DIMENSION,
    &currency::DIMENSION,
    &sub::DIMENSIONS[0],
    &sub::DIMENSIONS[1],
    &sub::DIMENSIONS[2],
    &sub::DIMENSIONS[3],
    &sub::DIMENSIONS[4],
    &sub::DIMENSIONS[5],
    &sub::DIMENSIONS[6],
    &sub::DIMENSIONS[7],
    &sub::DIMENSIONS[8],
    &sub::DIMENSIONS[9],
    &utm::DIMENSIONS[0],
    &utm::DIMENSIONS[1],
    &utm::DIMENSIONS[2],
    &utm::DIMENSIONS[3],
    &utm::DIMENSIONS[4],
];

pub fn find(name: &str) -> Option<&'static Dimension> {
    ALL.into_iter().find(|dimension| dimension.name == name || dimension.aliases.contains(&name))
}

pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|dimension| dimension.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_one_dimension_and_reads_what_it_says() {
        assert!(ALL.len() >= 30);
        for dimension in ALL {
            for name in dimension.aliases.iter().chain([&dimension.name]) {
                let named = ALL.iter().filter(|d| d.name == *name || d.aliases.contains(name)).count();
                assert_eq!(named, 1, "{name}");
            }
            assert!(!dimension.title.is_empty(), "{}", dimension.name);
            for column in dimension.click_columns {
                assert!(dimension.of_conversion.contains(&format!("c.{column}")), "{}", dimension.name);
            }
            let reads_click = dimension.of_conversion.contains("c.");
            assert_eq!(reads_click, !dimension.click_columns.is_empty(), "{}", dimension.name);
        }
    }
}
