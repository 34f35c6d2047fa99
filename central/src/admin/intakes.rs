//! The networks of the published configuration as a postback node has them: what central says of a postback
//! beforehand is what the node will make of it.

use std::collections::HashMap;

use traffoflex_conversion::CompiledIntake;
use traffoflex_model::Status;

use crate::snapshot::build::State;

/// Active networks of a workspace, by slug and by id.
pub struct Intakes {
    by_name: HashMap<String, usize>,
    compiled: Vec<CompiledIntake>,
}

impl Intakes {
    pub fn of(state: &State, workspace_id: &str) -> Self {
        let mut intakes = Self { by_name: HashMap::new(), compiled: Vec::new() };
        let networks = state.networks.values();
        for network in networks.filter(|n| n.status == Status::Active && *n.workspace_id == *workspace_id) {
            let template = network.template_id.as_ref().and_then(|id| state.postback_templates.get(&**id));
            // Without its template neither its secret nor its addresses would be asked for.
            if network.template_id.is_some() && template.is_none() {
                continue;
            }
            if let Ok(intake) = CompiledIntake::compile(network, template) {
                intakes.by_name.insert(network.slug.to_lowercase(), intakes.compiled.len());
                intakes.by_name.insert(network.id.to_string(), intakes.compiled.len());
                intakes.compiled.push(intake);
            }
        }
        intakes
    }

    /// By slug, in any case, or by id.
    pub fn find(&self, named: &str) -> Option<&CompiledIntake> {
        let index = self.by_name.get(named).or_else(|| self.by_name.get(&named.to_lowercase()))?;
        self.compiled.get(*index)
    }
}
