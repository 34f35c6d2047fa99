//! Lines of postbacks that were refused: anybody can cause them, so they never take the room of those that are
//! accepted. Past their part of the outbox they are counted and nothing else, and the answer stays what it is.

use traffoflex_conversion::{CompiledIntake, FieldError, Normalised, RawFields, intake::Refusal, normalise};
use traffoflex_model::PostbackLogEvent;

use super::{Shared, log};
use crate::clock::now_ms;

/// Of `OUTBOX_MAX_BYTES`: while more than a half is held, no such line is added.
const PART_OF_OUTBOX: u64 = 2;

impl Shared {
    /// Nothing is kept of what it said: who sent it is nobody we know.
    pub(super) async fn log_forbidden(&self, network: &CompiledIntake, read: &Normalised, refusal: Refusal) {
        let id = self.ids.mint(now_ms());
        let line = PostbackLogEvent {
            error: refusal.to_string().into(),
            raw_payload: "".into(),
            ..log::answered(&id, network, read, "forbidden", 403)
        };
        self.log_if_there_is_room(&line).await;
    }

    pub(super) async fn log_unusable(
        &self,
        network: &CompiledIntake,
        read: &Normalised,
        errors: &[FieldError],
    ) {
        let id = self.ids.mint(now_ms());
        let error = serde_json::to_string(errors).unwrap_or_default();
        let line =
            PostbackLogEvent { error: error.into(), ..log::answered(&id, network, read, "refused", 400) };
        self.log_if_there_is_room(&line).await;
    }

    /// One whose body could not be read; `fields` are those of its query.
    pub(super) async fn log_unreadable(
        &self,
        network: &CompiledIntake,
        fields: &RawFields,
        errors: &[FieldError],
    ) {
        self.log_unusable(network, &normalise(fields, network), errors).await;
    }

    async fn log_if_there_is_room(&self, line: &PostbackLogEvent<'_>) {
        let is_kept = !self.outbox.holds_more_than(PART_OF_OUTBOX) && self.keep(line, None).await.is_ok();
        if !is_kept {
            let status = line.status.to_string();
            metrics::counter!("traffoflex_postback_refusals_not_logged_total", "status" => status)
                .increment(1);
        }
    }
}
