//! From a file to one piece of work: everything is checked first, with its path in the file.

use std::collections::{HashMap, HashSet};

use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use traffoflex_model::{
    AffiliateNetwork, Campaign, CampaignId, Destination, Domain, PostbackTemplate, Stream, TrafficSource,
    Webhook,
};

use super::{
    ImportAnswer, ImportMode, ImportedItem, Outcome,
    file::{FORMAT, IncomingFile, VERSION},
    plan::{Item, check_free, items, new_ids, rename, rename_in},
};
use crate::{
    access::WorkspaceApp,
    admin::{
        affiliate_networks::AffiliateNetworks,
        campaigns::Campaigns,
        crud::{Resource, write},
        destinations::Destinations,
        domains::Domains,
        input,
        postback_templates::PostbackTemplates,
        streams::{StreamInput, Streams},
        traffic_sources::TrafficSources,
        validate::{Errors, MAX_STREAMS},
        webhooks::Webhooks,
        workspace::Workspaces,
    },
    alerts::portable::AlertRule,
    audit_log::Action,
    catalog::{
        entity::{Entity, Stored},
        work::{Refused, Work},
    },
    error::ApiError,
    money::rates::portable,
    saved_views::portable as portable_views,
};

/// As the audit log calls it.
pub(super) const IMPORTED: &str = "imported";

/// Lists of a file, with the ids that they will have.
struct Lists {
    sources: Vec<Item>,
    domains: Vec<Item>,
    templates: Vec<Item>,
    networks: Vec<Item>,
    webhooks: Vec<Item>,
    destinations: Vec<Item>,
    campaigns: Vec<Item>,
    streams: Vec<Item>,
    alert_rules: Vec<Item>,
    saved_views: Vec<Item>,
}

pub(super) struct Import<'a> {
    pub(super) app: &'a WorkspaceApp,
    pub(super) errors: Errors,
    pub(super) work: Work,
    pub(super) items: Vec<ImportedItem>,
    /// Of what is written, by collection and id.
    paths: HashMap<(&'static str, String), String>,
}

/// What became of it, and the snapshot version that it is in.
pub async fn run(
    app: &WorkspaceApp,
    file: IncomingFile,
    mode: ImportMode,
) -> Result<(ImportAnswer, u64), ApiError> {
    if file.format != FORMAT {
        return Err(ApiError::field("format", format!("expected {FORMAT}")));
    }
    if file.version != VERSION {
        return Err(ApiError::field("version", format!("this program reads version {VERSION}")));
    }
    let mut import = Import {
        app,
        errors: Errors::default(),
        work: Work::default(),
        items: Vec::new(),
        paths: HashMap::new(),
    };
    let rates = import.take_lists(file).await?;
    import.work.names(import.errors.named());
    import.errors.finish()?;
    let answer = ImportAnswer { mode, items: import.items, rates: rates.count() };
    if mode == ImportMode::DryRun {
        return Ok((answer, app.publisher.version()));
    }
    let version = commit(app, &import.work, &import.paths).await?;
    portable::import(app, rates).await?;
    Ok((answer, version))
}

async fn commit(
    app: &WorkspaceApp,
    work: &Work,
    paths: &HashMap<(&'static str, String), String>,
) -> Result<u64, ApiError> {
    match app.catalog.commit(work).await {
        Ok(()) => Ok(app.publisher.publish_written(&work.written).await?),
        // Somebody was quicker than the check.
        Err(Refused::Taken { collection, id, field }) => {
            let path = paths.get(&(collection, id)).cloned().unwrap_or_default();
            Err(ApiError::field(format!("{path}.{field}"), "already taken"))
        }
        Err(refused) => Err(refused.into()),
    }
}

impl Import<'_> {
    /// The rates are left for later.
    async fn take_lists(&mut self, file: IncomingFile) -> Result<portable::Checked, ApiError> {
        let app = self.app;
        let errors = &mut self.errors;
        let mut lists = Lists {
            sources: items("sources", file.sources, errors),
            domains: items("domains", file.domains, errors),
            templates: items("templates", file.templates, errors),
            networks: items("networks", file.networks, errors),
            webhooks: items("webhooks", file.webhooks, errors),
            destinations: items("destinations", file.destinations, errors),
            campaigns: items("campaigns", file.campaigns, errors),
            streams: items("streams", file.streams, errors),
            alert_rules: items("alert_rules", file.alert_rules, errors),
            saved_views: items("saved_views", file.saved_views, errors),
        };
        let renamed = lists.rename(app).await?;
        lists.assume(errors);
        lists.check_unique(app, errors).await?;
        // Nodes take all of it as one version; without transactions, what is named comes before what names it.
        self.take::<TrafficSources>(lists.sources, |_, _| {}).await?;
        self.take::<Domains>(lists.domains, |_, _| {}).await?;
        self.take::<PostbackTemplates>(lists.templates, |_, _| {}).await?;
        self.take::<AffiliateNetworks>(lists.networks, |_, _| {}).await?;
        self.take::<Webhooks>(lists.webhooks, |_, _| {}).await?;
        self.take::<Destinations>(lists.destinations, |_, _| {}).await?;
        let taken = public_ids(app, &lists.campaigns).await?;
        let keep_public_id = |campaign: &mut Campaign, item: &Item| match &item.public_id {
            Some(id) if is_public_id(id) && !taken.contains(id) => campaign.public_id.clone_from(id),
            _ => {}
        };
        self.take_streams(lists.streams).await?;
        self.take::<Campaigns>(lists.campaigns, keep_public_id).await?;
        self.take_alert_rules(lists.alert_rules).await?;
        self.take_saved_views(lists.saved_views).await?;
        if let Some(mut workspace) = file.workspace {
            rename_in(&mut workspace, &renamed);
            let id = app.workspace_id.to_string();
            let item = Item {
                path: "workspace".into(),
                file_id: id.clone(),
                id,
                has_secret: false,
                public_id: None,
                campaign_id: None,
                body: workspace,
            };
            self.take::<Workspaces>(vec![item], |_, _| {}).await?;
        }
        self.rates(file.rates)
    }

    fn rates(&mut self, rates: Vec<serde_json::Value>) -> Result<portable::Checked, ApiError> {
        if rates.is_empty() {
            return Ok(portable::Checked::default());
        }
        let checked = portable::check(rates).map_err(|error| match error {
            ApiError::Validation(mut found) => {
                found.iter_mut().for_each(|found| found.field = found.field.replacen("items", "rates", 1));
                ApiError::Validation(found)
            }
            other => other,
        });
        self.errors.below("");
        Ok(self.errors.take(checked)?.unwrap_or_default())
    }

    /// `adjust` sets what no input has.
    async fn take<R: Resource>(
        &mut self,
        items: Vec<Item>,
        adjust: impl Fn(&mut R::Entity, &Item) + Send + Sync,
    ) -> Result<(), ApiError> {
        let mut before = self.existing::<R::Entity>(&items).await?;
        for mut item in items {
            self.errors.below(&item.path);
            let Some(input) = self.errors.take(input::read::<R::Input>(item.body.take()))? else { continue };
            let before = before.remove(&item.id);
            let known = before.as_ref().map(|before| &before.entity);
            let mut entity = R::check(self.app, input, &item.id, known, &mut self.errors).await?;
            if before.is_none() {
                adjust(&mut entity, &item);
            }
            self.write::<R>(item, before, entity)?;
        }
        Ok(())
    }

    async fn take_streams(&mut self, items: Vec<Item>) -> Result<(), ApiError> {
        let mut before = self.existing::<Stream>(&items).await?;
        let mut of_campaign = self.streams_elsewhere(&items).await?;
        for mut item in items {
            self.errors.below(&item.path);
            let Some(campaign) = item.campaign_id.clone() else {
                self.errors.add("campaign_id", "required");
                continue;
            };
            self.errors.exist::<Campaign>(self.app, &[("campaign_id".into(), &campaign)]).await?;
            let count = of_campaign.entry(campaign.clone()).or_default();
            *count += 1;
            if *count > MAX_STREAMS {
                self.errors.add("campaign_id", format!("a campaign has at most {MAX_STREAMS} streams"));
            }
            let Some(input) = self.errors.take(input::read::<StreamInput>(item.body.take()))? else {
                continue;
            };
            input.check(self.app, &mut self.errors).await?;
            let before = before.remove(&item.id);
            if before.as_ref().is_some_and(|before| *before.entity.campaign_id != *campaign) {
                self.errors.add("campaign_id", "the stream is another campaign's here");
            }
            let entity = input.into_stream(self.app, &item.id, CampaignId::from(campaign));
            self.errors.assume_targets(&item.id, entity.targets.clone());
            self.write::<Streams>(item, before, entity)?;
        }
        Ok(())
    }

    /// How many streams the campaigns of these have besides.
    async fn streams_elsewhere(&self, items: &[Item]) -> Result<HashMap<String, usize>, ApiError> {
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let campaigns: HashSet<&str> = items.iter().filter_map(|item| item.campaign_id.as_deref()).collect();
        let campaigns: Vec<&str> = campaigns.into_iter().collect();
        let pipeline = [
            doc! { "$match": { "campaign_id": { "$in": campaigns }, "_id": { "$nin": ids } } },
            doc! { "$group": { "_id": "$campaign_id", "count": { "$sum": 1 } } },
        ];
        let streams = self.app.catalog.collection::<Stream>();
        let found: Vec<Document> = streams.aggregate(pipeline).await?.try_collect().await?;
        let count = |found: &Document| {
            Some((found.get_str("_id").ok()?.to_owned(), usize::try_from(found.get_i32("count").ok()?).ok()?))
        };
        Ok(found.iter().filter_map(count).collect())
    }

    async fn existing<T: Entity>(&self, items: &[Item]) -> Result<HashMap<String, Stored<T>>, ApiError> {
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let filter = doc! { "_id": { "$in": ids }, T::WORKSPACE: &*self.app.workspace_id };
        let found = self.app.catalog.find_all::<T>(filter).await?;
        Ok(found.into_iter().map(|stored| (stored._id.clone(), stored)).collect())
    }

    fn write<R: Resource>(
        &mut self,
        item: Item,
        before: Option<Stored<R::Entity>>,
        entity: R::Entity,
    ) -> Result<(), ApiError> {
        let Item { path, file_id, id, has_secret, .. } = item;
        let name = entity.name().to_owned();
        let what = Some(IMPORTED.to_owned());
        let is_new = before.is_none();
        let outcome = match before {
            Some(before) if before.entity == entity => Outcome::Unchanged,
            Some(before) => {
                let after = before.next(entity);
                self.work.replace(&after)?;
                let (before, after) = (Some(&before), Some(&after));
                write::record::<R>(self.app, &mut self.work, Action::Updated, what, before, after);
                Outcome::Updated
            }
            None => {
                let after = Stored::new(entity, DateTime::now());
                self.work.insert(&after)?;
                write::record::<R>(self.app, &mut self.work, Action::Created, what, None, Some(&after));
                Outcome::Created
            }
        };
        self.paths.insert((R::Entity::COLLECTION, id.clone()), path.clone());
        let needs_secret = has_secret && is_new;
        self.items.push(ImportedItem { path, id: file_id, new_id: id, name, outcome, needs_secret });
        Ok(())
    }
}

impl Lists {
    fn all(&mut self) -> [&mut Vec<Item>; 10] {
        let Self { sources, domains, templates, networks, webhooks, .. } = self;
        let Self { destinations, campaigns, streams, alert_rules, saved_views, .. } = self;
        [
            sources,
            domains,
            templates,
            networks,
            webhooks,
            destinations,
            campaigns,
            streams,
            alert_rules,
            saved_views,
        ]
    }

    async fn rename(&mut self, app: &WorkspaceApp) -> Result<HashMap<String, String>, ApiError> {
        let mut renamed = HashMap::new();
        new_ids(app, TrafficSource::COLLECTION, &self.sources, &mut renamed).await?;
        new_ids(app, Domain::COLLECTION, &self.domains, &mut renamed).await?;
        new_ids(app, PostbackTemplate::COLLECTION, &self.templates, &mut renamed).await?;
        new_ids(app, AffiliateNetwork::COLLECTION, &self.networks, &mut renamed).await?;
        new_ids(app, Webhook::COLLECTION, &self.webhooks, &mut renamed).await?;
        new_ids(app, Destination::COLLECTION, &self.destinations, &mut renamed).await?;
        new_ids(app, Campaign::COLLECTION, &self.campaigns, &mut renamed).await?;
        new_ids(app, Stream::COLLECTION, &self.streams, &mut renamed).await?;
        new_ids(app, AlertRule::COLLECTION, &self.alert_rules, &mut renamed).await?;
        new_ids(app, portable_views::COLLECTION, &self.saved_views, &mut renamed).await?;
        for list in self.all() {
            list.iter_mut().for_each(|item| rename(item, &renamed));
        }
        Ok(renamed)
    }

    /// What the file brings may be named in it.
    fn assume(&self, errors: &mut Errors) {
        let ids = |items: &[Item]| items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
        errors.assume(TrafficSource::COLLECTION, ids(&self.sources));
        errors.assume(Domain::COLLECTION, ids(&self.domains));
        errors.assume(PostbackTemplate::COLLECTION, ids(&self.templates));
        errors.assume(Destination::COLLECTION, ids(&self.destinations));
        errors.assume(Campaign::COLLECTION, ids(&self.campaigns));
    }

    async fn check_unique(&self, app: &WorkspaceApp, errors: &mut Errors) -> Result<(), ApiError> {
        let ours = || doc! { "workspace_id": &*app.workspace_id };
        check_free::<TrafficSource>(app, &self.sources, "slug", ours(), errors).await?;
        check_free::<Domain>(app, &self.domains, "host", doc! {}, errors).await?;
        check_free::<PostbackTemplate>(app, &self.templates, "slug", ours(), errors).await?;
        check_free::<AffiliateNetwork>(app, &self.networks, "slug", doc! {}, errors).await?;
        check_free::<Campaign>(app, &self.campaigns, "slug", doc! {}, errors).await
    }
}

/// Those of the file that are some campaign's already.
async fn public_ids(app: &WorkspaceApp, campaigns: &[Item]) -> Result<HashSet<String>, ApiError> {
    let wanted: Vec<&str> = campaigns.iter().filter_map(|item| item.public_id.as_deref()).collect();
    let filter = doc! { "public_id": { "$in": wanted } };
    let taken = app.catalog.collection::<Campaign>().distinct("public_id", filter).await?;
    Ok(taken.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
}

/// As central mints them.
fn is_public_id(id: &str) -> bool {
    (8..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}
