//! What a path means: one of the ways a click comes in, or something else.

use traffoflex_routing::table::{CompiledCampaign, RoutingTable};

/// Longest slug or public id, in characters.
const MAX_NAME_LEN: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClickPath<'p> {
    /// `/c/{slug}`
    Slug(&'p str),
    /// `/go/{publicId}`
    PublicId(&'p str),
    /// `/tb/{slug}`: traffic that came back
    Trafficback(&'p str),
    /// `/r/{token}`: a signed link
    Link(&'p str),
    /// `/click`: from a landing page to its offer
    Landing,
}

impl<'p> ClickPath<'p> {
    /// None when it is not one of the click paths.
    pub fn of(path: &'p str) -> Option<Self> {
        if path == "/click" {
            return Some(Self::Landing);
        }
        let found = path.strip_prefix("/c/").map(Self::Slug);
        let found = found.or_else(|| path.strip_prefix("/go/").map(Self::PublicId));
        let found = found.or_else(|| path.strip_prefix("/r/").map(Self::Link));
        found.or_else(|| path.strip_prefix("/tb/").map(Self::Trafficback))
    }

    /// The campaign that the path names, active or not; a link's is in its token.
    pub fn campaign(self, table: &RoutingTable) -> Option<&CompiledCampaign> {
        match self {
            Self::Slug(name) | Self::PublicId(name) | Self::Trafficback(name) if !legal(name) => None,
            Self::Slug(name) | Self::Trafficback(name) if name.bytes().any(|b| b.is_ascii_uppercase()) => {
                table.campaign_by_slug(&name.to_ascii_lowercase())
            }
            Self::Slug(name) | Self::Trafficback(name) => table.campaign_by_slug(name),
            Self::PublicId(name) => table.campaign_by_public_id(name),
            Self::Landing | Self::Link(_) => None,
        }
    }
}

/// Whether it could be a slug or a public id at all.
fn legal(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    !name.is_empty() && name.len() <= MAX_NAME_LEN && name.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_clicks() {
        assert_eq!(ClickPath::of("/c/x"), Some(ClickPath::Slug("x")));
        assert_eq!(ClickPath::of("/go/x"), Some(ClickPath::PublicId("x")));
        assert_eq!(ClickPath::of("/tb/x"), Some(ClickPath::Trafficback("x")));
        assert_eq!(ClickPath::of("/r/x"), Some(ClickPath::Link("x")));
        assert_eq!(ClickPath::of("/click"), Some(ClickPath::Landing));
        for other in ["/", "/c", "/click/", "/clicks", "/metrics", "/C/x"] {
            assert_eq!(ClickPath::of(other), None, "{other}");
        }
    }
}
