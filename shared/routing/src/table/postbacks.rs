//! What postbacks are read by and who hears of conversions. Kept as it came: a few hundred entities that
//! no click looks at, compiled by the service that takes postbacks.

use std::collections::BTreeMap;

use traffoflex_model::{
    AffiliateNetwork, Entities, EntityRef, NetworkId, PostbackTemplate, PostbackTemplateId, Webhook,
    WebhookId,
};

#[derive(Clone, Default)]
pub struct PostbackConfig {
    pub networks: BTreeMap<NetworkId, AffiliateNetwork>,
    pub templates: BTreeMap<PostbackTemplateId, PostbackTemplate>,
    pub webhooks: BTreeMap<WebhookId, Webhook>,
}

impl PostbackConfig {
    /// Whether these entities change anything here.
    pub(super) fn is_touched_by(entities: &Entities) -> bool {
        let Entities { networks, postback_templates, webhooks, .. } = entities;
        !(networks.is_empty() && postback_templates.is_empty() && webhooks.is_empty())
    }

    pub(super) fn upsert(&mut self, entities: &Entities) {
        let Entities { networks, postback_templates, webhooks, .. } = entities;
        self.networks.extend(networks.iter().map(|network| (network.id.clone(), network.clone())));
        self.templates.extend(postback_templates.iter().map(|t| (t.id.clone(), t.clone())));
        self.webhooks.extend(webhooks.iter().map(|webhook| (webhook.id.clone(), webhook.clone())));
    }

    pub(super) fn remove(&mut self, entity: &EntityRef) {
        match entity {
            EntityRef::Network(id) => drop(self.networks.remove(id)),
            EntityRef::PostbackTemplate(id) => drop(self.templates.remove(id)),
            EntityRef::Webhook(id) => drop(self.webhooks.remove(id)),
            _ => {}
        }
    }
}
