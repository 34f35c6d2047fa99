//! What the node may still spend of caps.

use traffoflex_routing::cap::{Charge, CompiledCap};

#[derive(Default)]
pub struct Caps;

impl Caps {
    pub fn has_room(&self, cap: &CompiledCap, charge: Option<&Charge>) -> bool {
        charge.map_or(cap.limit_units() > 0, |charge| charge.units <= cap.limit_units())
    }

    pub fn spend(&self, _charges: &[Charge]) -> bool {
        true
    }
}
