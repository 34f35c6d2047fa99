//! The events of one click, encoded by the task that took it, so that the writer only copies bytes.

use serde::Serialize;
use traffoflex_routing::cap::Charge;
use traffoflex_wire::{
    codec::{self, CodecError},
    topic::Topic,
};

use super::{
    block::RECORD_HEADER_BYTES,
    marks::{Mark, NONCE_BYTES},
};

/// A click with its context takes about 700 bytes.
const USUAL_BYTES: usize = 768;

/// One or more events that are kept or dropped together.
#[derive(Debug, Default)]
pub struct EncodedEvents {
    /// Records as they stand in a block.
    bytes: Vec<u8>,
    by_topic: [u32; Topic::ALL.len()],
    marks: Vec<Mark>,
}

impl EncodedEvents {
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(USUAL_BYTES), ..Self::default() }
    }

    /// On error nothing is added.
    pub fn push<T: Serialize>(&mut self, topic: Topic, event: &T) -> Result<(), CodecError> {
        let start = self.bytes.len();
        self.bytes.push(topic.code());
        self.bytes.extend_from_slice(&[0; 4]);
        if let Err(error) = codec::encode_record_into(event, &mut self.bytes) {
            self.bytes.truncate(start);
            return Err(error);
        }
        let payload = (self.bytes.len() - start - RECORD_HEADER_BYTES) as u32;
        self.bytes[start + 1..start + RECORD_HEADER_BYTES].copy_from_slice(&payload.to_le_bytes());
        self.by_topic[topic as usize] += 1;
        Ok(())
    }

    /// Kept with the events, or dropped with them.
    pub fn mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    pub fn charge(&mut self, charge: Charge) {
        self.mark(Mark::Spent(charge));
    }

    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The nonce of a link for one click: such a click is answered with a redirect only after its commit,
    /// under every mode and policy.
    pub fn nonce(&self) -> Option<[u8; NONCE_BYTES]> {
        self.marks.iter().find_map(|mark| match mark {
            Mark::Nonce { nonce, .. } => Some(*nonce),
            _ => None,
        })
    }

    pub fn count(&self) -> u32 {
        self.by_topic.iter().sum()
    }

    pub fn by_topic(&self) -> [u32; Topic::ALL.len()] {
        self.by_topic
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
