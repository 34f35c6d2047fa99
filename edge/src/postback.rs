//! The whole way of a postback: read, allowed, judged, kept, answered; and then, behind the answer, what
//! [`pipeline`] makes of it.
//!
//! # Invariants
//! - A postback is answered 200 only after it is on disk: its line in the log, its place in the journal and
//!   what this node then knows of its conversion are one transaction, shared with whoever else waits.
//! - What is in the journal leaves it only when central has claimed it and every event and call that follows
//!   is on disk. So nothing accepted is lost, whatever is killed; and nothing is counted twice, since central
//!   knows each postback by its id and each conversion by what it is derived from.
//! - The answer is this node's own verdict. What the installation makes of a postback is central's.
//!
//! # Forms
//! `GET` and `POST /pb/{network}` (slug or id), `POST /api/postbacks` with `network` among the parameters; a
//! body is a form or a JSON object. Parameters of the query come before those of the body. `HEAD` is refused:
//! whoever only looks at a link must not make a conversion.

mod batch;
mod book;
mod calls;
mod central;
mod enrich;
mod entry;
mod import;
mod imported;
mod journal;
mod log;
mod metrics;
mod pipeline;
mod postback_id;
mod refused;
mod request;
mod set_aside;
mod settle;
mod test_tool;
mod verdicts;

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::Response,
    routing::{get, post},
};
use hyper::body::Incoming;
use traffoflex_conversion::{
    CompiledIntake, FieldError, Postback, RawFields, normalise,
    verdict::{Verdict, judge},
};
use traffoflex_model::{DuplicateMode, PostbackLogEvent};
use traffoflex_telemetry::RequestId;
use traffoflex_wire::{
    codec::CodecError,
    outbound::{self, IMPORT_PATH},
    topic::Topic,
};

pub use self::{
    batch::LookupRules,
    book::{Book, BookHandle},
    central::Central,
    journal::{Journal, JournalStatus},
    pipeline::{Pipeline, PipelineReport, PipelineStatus},
    postback_id::{PostbackId, PostbackIds},
    request::PostbackPath,
    test_tool::TestTool,
    verdicts::KnownHere,
    verdicts::Verdicts,
};
use self::{
    entry::{Entry, Step, conversion_key},
    imported::Imported,
    metrics::PostbackMetrics,
};
use crate::{
    click::TrustedProxies,
    clock::now_ms,
    config::PostbackConfig,
    outbox::{EncodedEvents, Outbox, OutboxRefused, marks::Mark, store::StoreError},
};

/// What every postback shares; a clone is one reference count.
#[derive(Clone)]
pub struct PostbackState(Arc<Shared>);

struct Shared {
    book: BookHandle,
    outbox: Outbox,
    journal: Journal,
    ids: PostbackIds,
    verdicts: Verdicts,
    trusted_proxies: TrustedProxies,
    metrics: PostbackMetrics,
}

/// Who sends it.
#[derive(Debug, Clone, Copy)]
enum Sender<'a> {
    Network(IpAddr),
    /// An operator, through central: no secret is asked for.
    Import {
        /// When it happened, if that is said.
        received_at: Option<i64>,
        /// See [`imported`]; empty without one.
        key: &'a str,
    },
}

impl<'a> Sender<'a> {
    fn import_key(self) -> Option<&'a str> {
        match self {
            Self::Import { key, .. } if !key.is_empty() => Some(key),
            Self::Import { .. } | Self::Network(_) => None,
        }
    }
}

/// On disk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    verdict: Verdict,
    conversion_id: String,
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the secret or the address is not allowed")]
    Forbidden,
    #[error("it cannot be used")]
    Unusable(Vec<FieldError>),
    #[error("it could not be kept: {0}")]
    NotStored(#[from] NotStored),
}

#[derive(Debug, thiserror::Error)]
enum NotStored {
    #[error("the journal is full")]
    JournalFull,
    #[error(transparent)]
    Outbox(#[from] OutboxRefused),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// What `/internal/` has for postbacks.
pub fn internal_routes(state: PostbackState, tool: TestTool) -> Router {
    let tool = Router::new().route("/internal/postbacks/test", post(test_tool::test)).with_state(tool);
    Router::new()
        .route(IMPORT_PATH, post(import::import).layer(DefaultBodyLimit::max(outbound::MAX_BODY_BYTES)))
        .route("/internal/postbacks/set-aside", get(set_aside::list))
        .route("/internal/postbacks/retry", post(set_aside::retry))
        .with_state(state)
        .merge(tool)
}

impl PostbackState {
    /// `journal`: as it is opened.
    pub fn new(
        config: &PostbackConfig,
        book: BookHandle,
        outbox: Outbox,
        (journal, newest): (Journal, Option<PostbackId>),
    ) -> Self {
        Self(Arc::new(Shared {
            book,
            journal,
            ids: PostbackIds::new(&config.node.node_id, newest),
            verdicts: Verdicts::new(outbox.clone(), config.journal.dedupe_ms()),
            outbox,
            trusted_proxies: TrustedProxies::new(config.addresses.trusted_proxy_cidrs.clone()),
            metrics: PostbackMetrics::new(),
        }))
    }

    /// Answers a postback, and whatever else is sent to its paths.
    pub async fn answer(
        &self,
        request: http::Request<Incoming>,
        path: PostbackPath,
        request_id: RequestId,
        peer: IpAddr,
    ) -> Response {
        let answer = request::answer(&self.0, request, path, peer).await;
        self.0.metrics.answered(&answer);
        answer.into_response(request_id)
    }
}

impl Shared {
    /// The way of one postback, up to its answer.
    async fn take(
        &self,
        network: &CompiledIntake,
        fields: &RawFields,
        sender: Sender<'_>,
    ) -> Result<Taken, Refused> {
        let read = normalise(fields, network);
        if let Sender::Network(ip) = sender
            && let Err(refusal) = network.access(fields, ip)
        {
            self.log_forbidden(network, &read, refusal).await;
            return Err(Refused::Forbidden);
        }
        let postback = match &read.postback {
            Ok(postback) => postback,
            Err(errors) => {
                self.log_unusable(network, &read, errors).await;
                return Err(Refused::Unusable(errors.clone()));
            }
        };
        let line =
            |id: &PostbackId, verdict: Verdict| log::answered(id, network, &read, verdict.as_str(), 200);
        if self.journal.is_full() {
            return Err(NotStored::JournalFull.into());
        }

        let conversion = conversion_key(&postback.conversion_id(network, ""));
        let _turn = self.verdicts.turn(conversion).await;
        let now_ms = now_ms();
        let id = self.ids.mint(now_ms);
        if let Some(key) = sender.import_key()
            && let Some(known) = self.verdicts.imported(key).map_err(NotStored::from)?
        {
            let mark = self.verdicts.imported_mark(key, &known, now_ms).map_err(NotStored::from)?;
            let line = PostbackLogEvent {
                conversion_id: known.conversion_id.as_str().into(),
                ..line(&id, Verdict::Duplicate)
            };
            self.keep(&line, Some(vec![mark])).await?;
            return Ok(Taken { verdict: Verdict::Duplicate, conversion_id: known.conversion_id });
        }
        let known = self.verdicts.known(conversion).map_err(NotStored::from)?;
        let (verdict, next) = judge(network.duplicates, known.as_ref().map(|here| &here.known), postback);
        let received_ms = verdicts::later(known.as_ref(), now_ms);
        let arrival = Arrival { id, received_ms, is_known: known.is_some() };
        let entry = entry_of(network, postback, &read.raw_payload, arrival, sender);
        let line = PostbackLogEvent {
            postback_id: entry.postback_id(id).into(),
            conversion_id: entry.conversion_id.as_str().into(),
            error: flags(postback).into(),
            ..line(&id, verdict)
        };
        let mut marks = {
            let next = KnownHere { known: next, received_ms };
            vec![self.verdicts.mark(conversion, &next, now_ms).map_err(NotStored::from)?]
        };
        // Central's word counts, unless nothing that a repeat says may change anything.
        if !(network.duplicates == DuplicateMode::Ignore && known.is_some()) {
            marks.push(entry.journal(id, now_ms).map_err(NotStored::from)?);
        }
        if let Some(key) = sender.import_key() {
            let taken = Imported::of(&entry);
            marks.push(self.verdicts.imported_mark(key, &taken, now_ms).map_err(NotStored::from)?);
        }
        self.keep(&line, Some(marks)).await?;
        self.journal.arrived();
        Ok(Taken { verdict, conversion_id: entry.conversion_id })
    }

    /// One transaction; on disk when it returns.
    async fn keep(
        &self,
        line: &PostbackLogEvent<'_>,
        marks: Option<Vec<crate::outbox::postbacks::PostbackMark>>,
    ) -> Result<(), NotStored> {
        let mut events = EncodedEvents::new();
        events.push(Topic::PostbackLogEvents, line)?;
        marks.into_iter().flatten().for_each(|mark| events.mark(Mark::Postback(mark)));
        self.outbox.append(events).await?;
        Ok(())
    }
}

/// A postback on this node.
#[derive(Clone, Copy)]
struct Arrival {
    id: PostbackId,
    /// Later than the one before of its conversion. UTC milliseconds.
    received_ms: i64,
    is_known: bool,
}

fn entry_of(
    network: &CompiledIntake,
    postback: &Postback,
    raw_payload: &str,
    Arrival { id, received_ms, is_known }: Arrival,
    sender: Sender<'_>,
) -> Entry {
    let repeat = match (network.duplicates, sender.import_key()) {
        // Known or not: another node may know something else.
        (DuplicateMode::Count, Some(key)) => imported::postback_id(key),
        (DuplicateMode::Count, None) if is_known => id.to_string(),
        _ => String::new(),
    };
    let received_at = match sender {
        Sender::Import { received_at: Some(received_at), .. } => received_at,
        Sender::Import { received_at: None, .. } | Sender::Network(_) => received_ms,
    };
    Entry {
        received_at,
        workspace_id: network.workspace_id.clone(),
        network_id: network.network_id.clone(),
        conversion_id: postback.conversion_id(network, &repeat),
        transaction_id: postback.transaction_id.clone(),
        key_transaction: postback.key_transaction.clone(),
        event_type: postback.event_type.clone(),
        repeat,
        status: postback.status,
        raw_status: postback.raw_status.clone(),
        payout: postback.payout,
        currency: postback.currency,
        duplicates: network.duplicates,
        click_id: postback.click_id.clone(),
        raw_payload: raw_payload.to_owned(),
        attempts: 0,
        step: Step::Unclaimed,
        error: String::new(),
        import_key: sender.import_key().unwrap_or_default().to_owned(),
        untold: None,
        aside_at: 0,
        misses: 0,
        missed_since: 0,
    }
}

/// Fields that a network never filled in are worth a look, though the postback is good.
fn flags(postback: &Postback) -> String {
    match postback.flags.as_slice() {
        [] => String::new(),
        flags => format!("flagged: {}", flags.join(", ")),
    }
}

#[cfg(test)]
mod tests;
