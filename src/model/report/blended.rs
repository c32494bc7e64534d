//! Average prices of a core-hour and a GiB-hour in a cluster.

use rust_decimal::Decimal;

use crate::model::cluster::Snapshot;
use crate::model::pricing::{MachineKey, MachinePrices};
use crate::units::MoneyPerHour;

/// Average price of a core and of a GiB per hour over all machines of a cluster: each machine's price is split
/// between cores and memory like that of its price group, and each part is divided by the total cores or memory.
/// Machines with accelerators are left out, because their price covers more; `None` if no other machine has a price.
pub fn blended(snapshot: &Snapshot, machines: &MachinePrices) -> Option<(MoneyPerHour, MoneyPerHour)> {
    let gib = Decimal::from(1_u64 << 30);
    let (mut for_cores, mut cores, mut for_memory, mut memory) = Default::default();
    for node in snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()) {
        let key = MachineKey::from(node);
        let Some(price) = machines.get(&key).filter(|_| !key.accelerated) else { continue };
        let has = if node.capacity.is_empty() { &node.allocatable } else { &node.capacity };
        let (own_cores, own_memory) =
            (Decimal::from(has.cpu().millis()) / Decimal::ONE_THOUSAND, Decimal::from(has.memory().bytes()) / gib);
        let (by_cores, by_memory) = (price.core_hour.amount() * own_cores, price.gib_hour.amount() * own_memory);
        let Some(scale) = price.per_hour.amount().checked_div(by_cores + by_memory) else { continue };
        for_cores += by_cores * scale;
        cores += own_cores;
        for_memory += by_memory * scale;
        memory += own_memory;
    }
    let each = |cost: Decimal, amount: Decimal| Some(MoneyPerHour::new(cost.checked_div(amount)?.round_dp(9)));
    each(for_cores, cores).zip(each(for_memory, memory))
}
