//! Reservation formulas against published tables.

use capmodel::inputs::prices::Catalogue;
use capmodel::model::{Arch, Distribution, InstanceType, allocatable, eni_max_pods};
use capmodel::units::{Bytes, CpuMillis};

const ENIS: &str = include_str!("../../profiles/prices/eni-max-pods.csv");
const EKS: &str = include_str!("../../fixtures/eks-allocatable.csv");

/// The rows of a table, each as a look-up by column name.
pub(crate) fn rows(text: &str) -> Vec<impl Fn(&str) -> String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let field = |record: csv::StringRecord, header: csv::StringRecord| {
        move |column: &str| record[header.iter().position(|name| name == column).unwrap()].to_owned()
    };
    reader.records().map(|record| field(record.unwrap(), header.clone())).collect()
}

/// Karpenter's table of what EKS nodes offer (half of its rows): millicore by millicore, MiB by MiB.
#[test]
fn eks_offers_what_karpenter_lists() {
    let table = rows(EKS);
    assert_eq!(table.len(), 663);
    let catalogue = Catalogue::embedded();
    for row in table {
        let name = row("instance_type");
        let instance = InstanceType {
            arch: row("arch").parse::<Arch>().unwrap(),
            vcpu: row("vcpu").parse().unwrap(),
            memory: Bytes::from_mib(row("memory_mib").parse().unwrap()),
            gpu_count: 0,
            gpu_name: None,
            eni_max_pods: catalogue.eni_max_pods(&name),
            name,
        };
        let offered = allocatable(Distribution::Eks, &instance, None);
        let name = &instance.name;
        assert_eq!(offered.cpu, row("allocatable_cpu").parse::<CpuMillis>().unwrap(), "{name}");
        assert_eq!(offered.memory, row("allocatable_memory").parse::<Bytes>().unwrap(), "{name}");
        assert_eq!(offered.max_pods.to_string(), row("max_pods"), "{name}");
    }
}

#[test]
fn max_pods_follow_the_network_interfaces() {
    let table = rows(ENIS);
    assert_eq!(table.len(), 1391);
    let catalogue = Catalogue::embedded();
    for row in table {
        let (name, stated) = (row("instance_type"), row("max_pods").parse().unwrap());
        let (enis, addresses) = (row("default_card_enis").parse().unwrap(), row("ipv4_per_eni").parse().unwrap());
        assert_eq!(eni_max_pods(enis, addresses), stated, "{name}");
        assert_eq!(catalogue.eni_max_pods(&name), Some(stated), "{name}");
    }
    assert_eq!(catalogue.eni_max_pods("m6i.largest"), None);
}
