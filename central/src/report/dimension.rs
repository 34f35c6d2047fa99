//! What a report can be grouped and filtered by: a closed list, one file each.
//!
//! What a click says of itself is empty for conversions that are tied to no click. What only a conversion
//! says (`network`, `offer`, `event_type`, `conversion_status`) is empty for all clicks: grouped by it, clicks
//! and what they cost are in a row of their own, and filtered by it, they are left out.

mod bot_reason;
mod browser;
mod campaign;
mod conversion_status;
mod country;
mod day;
mod destination;
mod device;
mod event_type;
mod network;
mod offer;
mod os;
mod source;
mod stream;
mod sub;

/// Where the names of a dimension's ids are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    None,
    Campaigns,
    Streams,
    Destinations,
    Sources,
    Networks,
}

#[derive(Debug)]
pub struct Dimension {
    /// In requests and answers.
    pub name: &'static str,
    /// Other names that requests may use.
    pub aliases: &'static [&'static str],
    /// SQL over a row of `click_events` called `c`.
    pub of_click: &'static str,
    /// SQL over a row of `conversion_events` called `v`, which has `counted_at` as well, with its click as `c`.
    pub of_conversion: &'static str,
    pub names: Names,
}

/// Listed where the UI shows them.
const ALL: [&Dimension; 24] = [
    &campaign::DIMENSION,
    &stream::DIMENSION,
    &destination::DIMENSION,
    &source::DIMENSION,
    &country::DIMENSION,
    &device::DIMENSION,
    &os::DIMENSION,
    &browser::DIMENSION,
    &day::DIMENSION,
    &bot_reason::DIMENSION,
    &network::DIMENSION,
    &offer::DIMENSION,
    &event_type::DIMENSION,
    &conversion_status::DIMENSION,
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
];

pub fn find(name: &str) -> Option<&'static Dimension> {
    ALL.into_iter().find(|dimension| dimension.name == name || dimension.aliases.contains(&name))
}

pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|dimension| dimension.name).collect()
}
