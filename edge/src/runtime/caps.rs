//! What the node may still spend of caps.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use traffoflex_routing::cap::{CapId, Charge, CompiledCap};

#[derive(Default)]
pub struct Caps {
    /// Units used in the whole installation of caps that no click is charged for.
    measured: ArcSwap<HashMap<CapId, i64>>,
}

impl Caps {
    pub fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool {
        if !cap.metric().is_leased() {
            let used = self.measured.load().get(&cap.id()).copied().unwrap_or(0);
            return used < cap.limit_units();
        }
        charge.map_or(cap.limit_units() > 0, |charge| charge.units <= cap.limit_units())
    }

    pub fn spend(&self, _charges: &[Charge]) -> bool {
        true
    }

    /// Usage as central measured it; a cap that is not named is not used.
    pub fn set_measured(&self, used_units: HashMap<CapId, i64>) {
        self.measured.store(Arc::new(used_units));
    }
}
