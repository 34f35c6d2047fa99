//! What a sink is given: events as the JSON lines that every reader of them knows.

use traffoflex_model::{
    ClickEvent, ConversionEvent, DestinationHealthEvent, NodeGapEvent, NodeId, PostbackLogEvent,
    TrafficbackEvent,
};
use traffoflex_wire::{
    codec::{self, CodecError},
    event::EventIdentity,
    topic::Topic,
};

use super::block::BlockError;

/// The events of one topic in a batch, as JSON lines in one buffer.
#[derive(Debug)]
pub struct TopicBatch {
    pub topic: Topic,
    pub first_seq: u64,
    pub last_seq: u64,
    pub lines: Vec<Line>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub struct Line {
    end: usize,
    /// Kafka key.
    pub key: Box<str>,
    pub traceparent: Option<Box<str>>,
}

impl TopicBatch {
    pub(super) fn new(topic: Topic) -> Self {
        Self { topic, first_seq: u64::MAX, last_seq: 0, lines: Vec::new(), buffer: Vec::new() }
    }

    /// All lines, each with its newline.
    pub fn ndjson(&self) -> &[u8] {
        &self.buffer
    }

    /// Line by line, without newlines.
    pub fn messages(&self) -> impl Iterator<Item = (&Line, &[u8])> {
        let mut start = 0;
        self.lines.iter().map(move |line| {
            let json = &self.buffer[start..line.end - 1];
            start = line.end;
            (line, json)
        })
    }

    /// Adds one record under its number.
    pub(super) fn push(
        &mut self,
        node_id: &NodeId,
        node_epoch: u64,
        node_seq: u64,
        payload: &[u8],
    ) -> Result<(), BatchError> {
        let identity = EventIdentity { node_id, node_epoch, node_seq };
        let mut scratch = Vec::new();
        let (key, traceparent) = match self.topic {
            Topic::ClickEvents => {
                let event: ClickEvent<'_> = codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                (
                    event.click_id.as_ref().into(),
                    (!event.traceparent.is_empty()).then(|| event.traceparent.as_ref().into()),
                )
            }
            Topic::TrafficbackEvents => {
                let event: TrafficbackEvent<'_> = codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                (event.click_id.as_ref().into(), None)
            }
            Topic::NodeGapEvents => {
                let event: NodeGapEvent = codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                (identity.event_id().into(), None)
            }
            Topic::DestinationHealthEvents => {
                let event: DestinationHealthEvent<'_> =
                    codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                // By destination: its changes stay in order.
                (event.destination_id.as_ref().into(), None)
            }
            Topic::ConversionEvents => {
                let event: ConversionEvent<'_> = codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                (event.conversion_id.as_ref().into(), None)
            }
            Topic::PostbackLogEvents => {
                let event: PostbackLogEvent<'_> = codec::decode_record_of_any_age(payload, &mut scratch)?;
                identity.write_json(&event, &mut self.buffer)?;
                (event.postback_id.as_ref().into(), None)
            }
        };
        self.buffer.push(b'\n');
        self.lines.push(Line { end: self.buffer.len(), key, traceparent });
        self.first_seq = self.first_seq.min(node_seq);
        self.last_seq = self.last_seq.max(node_seq);
        Ok(())
    }

    pub(super) fn append(&mut self, more: Self) {
        let offset = self.buffer.len();
        self.buffer.extend_from_slice(&more.buffer);
        self.lines.extend(more.lines.into_iter().map(|line| Line { end: line.end + offset, ..line }));
        self.first_seq = self.first_seq.min(more.first_seq);
        self.last_seq = self.last_seq.max(more.last_seq);
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum BatchError {
    #[error("{0}")]
    Block(#[from] BlockError),
    #[error("{0}")]
    Codec(#[from] CodecError),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}
