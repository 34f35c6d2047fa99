//! The networks, sources and webhooks of the configuration, ready for postbacks: derived once a version.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use tokio_util::sync::CancellationToken;
use traffoflex_conversion::{CompiledIntake, outbound::CompiledSourcePostback};
use traffoflex_model::{SourceId, Status, Webhook, WebhookEvent, WorkspaceId};
use traffoflex_routing::table::RoutingTable;

use crate::snapshot::SnapshotHandle;

/// A clone is cheap.
#[derive(Clone)]
pub struct BookHandle {
    book: Arc<ArcSwap<Book>>,
    snapshot: SnapshotHandle,
}

#[derive(Default)]
pub struct Book {
    /// Generation and version of the configuration it was derived from, if there was one.
    of: Option<(String, u64)>,
    /// By slug and by id.
    networks: HashMap<String, Network>,
    sources: HashMap<SourceId, SourceCalls>,
    /// Of conversions.
    webhooks: HashMap<WorkspaceId, Vec<Webhook>>,
}

/// None: central should not have let its template pass, and this node cannot read its postbacks.
type Network = Option<Arc<CompiledIntake>>;

struct SourceCalls {
    workspace_id: WorkspaceId,
    postbacks: Vec<CompiledSourcePostback>,
}

/// Who a name stands for.
pub enum Named {
    Network(Arc<CompiledIntake>),
    /// There is a network, and its postbacks cannot be read by this build.
    Unreadable,
    Unknown,
    /// This node never had a configuration.
    NotReady,
}

impl BookHandle {
    /// Of the configuration of this moment; [`Self::follow`] keeps it up with later ones.
    pub fn new(snapshot: SnapshotHandle) -> Self {
        let book = Arc::new(ArcSwap::from_pointee(Book::of_snapshot(&snapshot)));
        Self { book, snapshot }
    }

    pub fn load(&self) -> Arc<Book> {
        self.book.load_full()
    }

    pub async fn follow(self, cancelled: CancellationToken) {
        let mut swapped = self.snapshot.swapped();
        // What was swapped in before this task began is derived again.
        swapped.mark_changed();
        while let Some(Ok(())) = cancelled.run_until_cancelled(swapped.changed()).await {
            let snapshot = self.snapshot.clone();
            if let Ok(book) = tokio::task::spawn_blocking(move || Book::of_snapshot(&snapshot)).await {
                self.book.store(Arc::new(book));
            }
        }
    }
}

impl Book {
    fn of_snapshot(snapshot: &SnapshotHandle) -> Self {
        snapshot.load().as_deref().map(Self::of).unwrap_or_default()
    }

    pub fn is_of(&self, table: &RoutingTable) -> bool {
        self.of.as_ref().is_some_and(|(generation, version)| {
            generation == table.generation() && *version == table.version()
        })
    }

    pub fn of(table: &RoutingTable) -> Self {
        let config = table.postbacks();
        let mut book = Self { of: Some((table.generation().to_owned(), table.version())), ..Self::default() };
        for network in config.networks.values().filter(|network| network.status == Status::Active) {
            let template = network.template_id.as_ref().and_then(|id| config.templates.get(id));
            let is_missing = network.template_id.is_some() && template.is_none();
            let compiled = match CompiledIntake::compile(network, template) {
                // Without its template neither its secret nor its addresses would be asked for.
                _ if is_missing => None,
                Ok(intake) => Some(Arc::new(intake)),
                Err(errors) => {
                    tracing::error!(network_id = %network.id, ?errors, "postbacks of this network cannot be read");
                    None
                }
            };
            book.networks.insert(network.slug.to_lowercase(), compiled.clone());
            book.networks.insert(network.id.to_string(), compiled);
        }
        for source in table.sources().filter(|source| source.is_active()) {
            let compiled = source.postbacks().iter().map(CompiledSourcePostback::compile);
            let postbacks: Vec<_> = compiled
                .filter_map(|postback| {
                    postback
                        .inspect_err(|errors| {
                            tracing::error!(source_id = %source.id(), ?errors, "a call to this source cannot be made");
                        })
                        .ok()
                })
                .collect();
            if !postbacks.is_empty() {
                let workspace_id = source.workspace_id().clone();
                book.sources.insert(source.id().clone(), SourceCalls { workspace_id, postbacks });
            }
        }
        book.webhooks = webhooks(&config.webhooks);
        book
    }

    /// By slug, in any case, or by id.
    pub fn network(&self, named: &str) -> Named {
        let found = self.networks.get(named).or_else(|| self.networks.get(&named.to_lowercase()));
        match found {
            Some(Some(intake)) => Named::Network(intake.clone()),
            Some(None) => Named::Unreadable,
            None if self.of.is_some() => Named::Unknown,
            None => Named::NotReady,
        }
    }

    /// The calls that a source of the workspace wants.
    pub fn calls_of(&self, workspace: &WorkspaceId, source: &SourceId) -> &[CompiledSourcePostback] {
        let calls = self.sources.get(source).filter(|source| source.workspace_id == *workspace);
        calls.map(|source| source.postbacks.as_slice()).unwrap_or_default()
    }

    /// Webhooks that want to hear of conversions.
    pub fn webhooks(&self, workspace: &WorkspaceId) -> &[Webhook] {
        self.webhooks.get(workspace).map(Vec::as_slice).unwrap_or_default()
    }
}

fn webhooks<K>(all: &BTreeMap<K, Webhook>) -> HashMap<WorkspaceId, Vec<Webhook>> {
    let mut wanted: HashMap<WorkspaceId, Vec<Webhook>> = HashMap::new();
    let wants = |webhook: &&Webhook| {
        webhook.status == Status::Active && webhook.events.contains(&WebhookEvent::Conversion)
    };
    for webhook in all.values().filter(wants) {
        wanted.entry(webhook.workspace_id.clone()).or_default().push(webhook.clone());
    }
    wanted
}
