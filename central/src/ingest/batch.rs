//! A batch of lines, checked one by one. Pure.

use serde::Deserialize;
use traffoflex_model::{
    ClickEvent, ConversionEvent, DestinationHealthEvent, NodeGapEvent, PostbackLogEvent, TrafficbackEvent,
};
use traffoflex_wire::{
    event::{BatchQuery, MAX_BATCH_EVENTS, ReceivedIdentity},
    topic::Topic,
};

use crate::error::ApiError;

/// What came of the lines.
#[derive(Debug, Default)]
pub struct Batch {
    /// The good ones, as they came.
    pub lines: Vec<u8>,
    pub good: u64,
    pub bad: Vec<BadLine>,
}

#[derive(Debug, PartialEq)]
pub struct BadLine {
    /// From 0.
    pub line: usize,
    pub error: String,
    pub text: String,
}

impl Batch {
    pub fn check(topic: Topic, query: &BatchQuery, raw: &[u8]) -> Result<Self, ApiError> {
        let mut batch = Self { lines: Vec::with_capacity(raw.len()), ..Self::default() };
        let lines = raw.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for (line, text) in lines.enumerate() {
            if line >= MAX_BATCH_EVENTS {
                return Err(ApiError::field("body", format!("at most {MAX_BATCH_EVENTS} lines")));
            }
            match check_line(topic, query, text) {
                Ok(()) => {
                    batch.lines.extend_from_slice(text);
                    batch.lines.push(b'\n');
                    batch.good += 1;
                }
                Err(error) => {
                    batch.bad.push(BadLine { line, error, text: String::from_utf8_lossy(text).into_owned() });
                }
            }
        }
        Ok(batch)
    }
}

fn check_line(topic: Topic, query: &BatchQuery, text: &[u8]) -> Result<(), String> {
    let identity: ReceivedIdentity = parse(text)?;
    if identity.node_id != query.node_id || identity.node_epoch != query.node_epoch {
        return Err("node_id and node_epoch are not the batch's".into());
    }
    if !(query.first_seq..=query.last_seq).contains(&identity.node_seq) {
        return Err("node_seq is outside the batch's range".into());
    }
    let expected = format!("{}.{}.{}", identity.node_id, identity.node_epoch, identity.node_seq);
    if identity.event_id != expected {
        return Err(format!("event_id is not {expected}"));
    }
    match topic {
        Topic::ClickEvents => parse::<ClickEvent<'_>>(text).map(drop),
        Topic::TrafficbackEvents => parse::<TrafficbackEvent<'_>>(text).map(drop),
        Topic::NodeGapEvents => parse::<NodeGapEvent>(text).map(drop),
        Topic::DestinationHealthEvents => parse::<DestinationHealthEvent<'_>>(text).map(drop),
        Topic::ConversionEvents => parse::<ConversionEvent<'_>>(text).map(drop),
        Topic::PostbackLogEvents => parse::<PostbackLogEvent<'_>>(text).map(drop),
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use traffoflex_model::{DropReason, NodeId};
    use traffoflex_wire::event::EventIdentity;

    use super::*;

    fn line(node: &str, seq: u64) -> Vec<u8> {
        let node_id = NodeId::parse(node).unwrap();
        let gap = NodeGapEvent { created_at: 1, first_seq: 1, last_seq: 2, reason: DropReason::OutboxFull };
        let mut out = Vec::new();
        EventIdentity { node_id: &node_id, node_epoch: 7, node_seq: seq }.write_json(&gap, &mut out).unwrap();
        out.push(b'\n');
        out
    }

    #[test]
    fn good_lines_pass_and_bad_ones_are_named() {
        let query =
            BatchQuery { node_id: NodeId::parse("a").unwrap(), node_epoch: 7, first_seq: 5, last_seq: 9 };
        let no_reason = String::from_utf8(line("a", 6)).unwrap().replace("outbox_full", "whim");
        let forged = String::from_utf8(line("a", 6)).unwrap().replace("a.7.6", "a.7.5");
        let raw = [
            line("a", 5),
            b"{nonsense\n".to_vec(),
            line("b", 6),
            line("a", 10),
            no_reason.into(),
            forged.into(),
            line("a", 9),
        ]
        .concat();
        let batch = Batch::check(Topic::NodeGapEvents, &query, &raw).unwrap();
        assert_eq!(batch.good, 2);
        assert_eq!(batch.lines, [line("a", 5), line("a", 9)].concat());
        assert_eq!(batch.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }
}
