//! Why a modelled and a billed cost differ.

/// Why modelled and billed cost differ, and in which row of a reconciliation a cost is. Ordered as the rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Node-hours in both, without a commitment: billed at another rate than modelled.
    Rate,
    /// Node-hours in both that a commitment covers, at its amortised rate.
    Commitment,
    /// Node-hours that only the model or only the bill has, of nodes that both have; at the modelled rate.
    Hours,
    /// Nodes of the cluster that the bill does not contain.
    NotBilled,
    /// Machines that the bill assigns to the cluster, but that are not among its nodes.
    NotInCluster,
    /// Nodes that the bill has, but the model has no price for.
    Unpriced,
    /// Charges of nodes other than their hours, such as traffic, which are not modelled.
    NodeExtras,
    /// Pods that are billed by their size.
    Pods,
    /// Disks of the cluster.
    Disks,
    /// Load balancers of the cluster.
    LoadBalancers,
    /// The cluster's control plane.
    ControlPlane,
    /// Other resources that the bill assigns to the cluster.
    OtherOfCluster,
    /// Commitments that no usage made use of.
    UnusedCommitment,
    /// What the invoice demands for commitments beyond their effective cost, or less than it.
    Amortised,
    /// Purchases and fees other than commitments.
    Purchases,
    /// Usage without a resource: untagged or shared.
    Untagged,
    /// Taxes.
    Tax,
    /// Credits.
    Credit,
    /// Refunds.
    Refund,
    /// Discounts that are billed as charges of their own, of no node.
    Discount,
    /// Corrections, and usage of another month that this bill charges.
    Adjustment,
    /// Resources of the bill that nothing in the cluster explains.
    NotKubernetes,
    /// Cents that rounding every row would otherwise add or lose.
    Rounding,
}

impl Cause {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Commitment => "commitment",
            Self::Hours => "hours",
            Self::NotBilled => "not-billed",
            Self::NotInCluster => "not-in-cluster",
            Self::Unpriced => "unpriced",
            Self::NodeExtras => "node-extras",
            Self::Pods => "pods",
            Self::Disks => "disks",
            Self::LoadBalancers => "load-balancers",
            Self::ControlPlane => "control-plane",
            Self::OtherOfCluster => "other-of-cluster",
            Self::UnusedCommitment => "commitment-unused",
            Self::Amortised => "commitment-amortised",
            Self::Purchases => "purchases",
            Self::Untagged => "untagged",
            Self::Tax => "tax",
            Self::Credit => "credit",
            Self::Refund => "refund",
            Self::Discount => "discount",
            Self::Adjustment => "adjustment",
            Self::NotKubernetes => "not-kubernetes",
            Self::Rounding => "rounding",
        }
    }

    /// Name of the row on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rate => "rate: nodes without a commitment",
            Self::Commitment => "commitment: nodes that it covers",
            Self::Hours => "hours: in the model or the bill only",
            Self::NotBilled => "missing: nodes not in the bill",
            Self::NotInCluster => "missing: machines not in the cluster",
            Self::Unpriced => "nodes without a modelled price",
            Self::NodeExtras => "other charges of nodes",
            Self::Pods => "pods billed by size",
            Self::Disks => "disks",
            Self::LoadBalancers => "load balancers",
            Self::ControlPlane => "control plane",
            Self::OtherOfCluster => "other resources of the cluster",
            Self::UnusedCommitment => "commitment: unused",
            Self::Amortised => "commitment: invoiced less amortised",
            Self::Purchases => "purchases and fees",
            Self::Untagged => "untagged and shared charges",
            Self::Tax => "tax",
            Self::Credit => "credits",
            Self::Refund => "refunds",
            Self::Discount => "discounts",
            Self::Adjustment => "adjustments and other months",
            Self::NotKubernetes => "not Kubernetes",
            Self::Rounding => "rounding",
        }
    }
}
