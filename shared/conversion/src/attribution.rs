//! What a conversion is tied to once its click was looked up.

use traffoflex_model::{Attribution, ConversionClick, FoundClick};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// The click as it counts for a postback that came at `received_at_ms` (UTC milliseconds). Outside of the
/// campaign's window (hours; 0: clicks of any age count) the conversion keeps the click id alone.
pub fn attribute(click: &FoundClick, received_at_ms: i64, window_hours: u32) -> ConversionClick {
    if !is_within(click, received_at_ms, window_hours) {
        return ConversionClick::without(Attribution::OutsideWindow, &click.click_id);
    }
    ConversionClick {
        attribution: Attribution::Click,
        click_id: click.click_id.clone(),
        clicked_at: click.created_at,
        campaign_id: click.campaign_id.as_str().into(),
        stream_id: click.stream_id.as_str().into(),
        destination_id: click.destination_id.as_str().into(),
        source_id: click.source_id.as_str().into(),
    }
}

/// A click that seems younger than the postback, by the clocks of two nodes, counts.
fn is_within(click: &FoundClick, received_at_ms: i64, window_hours: u32) -> bool {
    let window_ms = i64::from(window_hours) * HOUR_MS;
    window_hours == 0 || received_at_ms.saturating_sub(click.created_at) <= window_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_of_the_click_s_age() {
        let click = FoundClick {
            click_id: "c".into(),
            created_at: 1_000,
            campaign_id: "camp".into(),
            source_id: "src".into(),
            ..Default::default()
        };
        let at = |ms: i64, hours| attribute(&click, ms, hours).attribution;
        assert_eq!(at(1_000 + HOUR_MS, 1), Attribution::Click);
        assert_eq!(at(1_001 + HOUR_MS, 1), Attribution::OutsideWindow);
        assert_eq!(at(i64::MAX, 0), Attribution::Click);
        assert_eq!(at(0, 1), Attribution::Click, "clocks differ");
        let inside = attribute(&click, 2_000, 1);
        assert_eq!((&*inside.campaign_id, &*inside.source_id, inside.clicked_at), ("camp", "src", 1_000));
        let outside = attribute(&click, i64::MAX, 1);
        assert_eq!((&*outside.campaign_id, outside.click_id.as_str(), outside.clicked_at), ("", "c", 0));
    }
}
