//! What destinations earned in the streams that rank by it, as the runtime feed says.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use traffoflex_model::{DestinationId, StreamId};
use traffoflex_routing::runtime::Earned;

type ByDestination = HashMap<DestinationId, Earned>;

#[derive(Default)]
pub struct EarnedTable(ArcSwap<HashMap<StreamId, ByDestination>>);

impl EarnedTable {
    pub fn of(&self, stream: &StreamId, destination: &DestinationId) -> Option<Earned> {
        self.0.load().get(stream)?.get(destination).copied()
    }

    pub fn replace(&self, earned: HashMap<StreamId, ByDestination>) {
        self.0.store(Arc::new(earned));
    }
}
