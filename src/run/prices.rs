//! `capmodel prices`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::basis::{check_kubelet, price_book, priced};
use super::{Failure, Outcome, deliver, log_progress, prices_check, put};
use crate::cli::{KubeletArgs, ListFormatArg, PricesCommand};
use crate::inputs::files::{label, open, read, read_bytes};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::inputs::prices::{Imported, ListFormat, OwnTable, PriceBook, PricesError, parse_pricing, price_groups};
use crate::model::nodes::{CapacityType, Distribution, Kubelet, Provider, allocatable};
use crate::model::pricing::Offering;
use crate::outputs::{GroupListing, PriceListing, RegionListing, TypeListing, price_listing};
use crate::settings::{OutputSettings, now, today};
use crate::units::{Currency, Timestamp};

/// Runs the command; `clock` is the time at which the process started.
pub(super) fn run(command: PricesCommand, clock: Timestamp) -> Result<Outcome, Failure> {
    match command {
        PricesCommand::List { provider, region, prices, pricing, output } => {
            let output = OutputSettings::resolve(output)?;
            let (book, _) = priced(prices.as_deref(), pricing.as_deref(), Currency::USD)?;
            let listing = match (provider, region) {
                (Some(provider), Some(region)) => types(&book, provider, &region)?,
                (provider, _) => regions(&book, provider)?,
            };
            deliver(price_listing(&listing, output.layout)?, 0, &output)
        }
        PricesCommand::Show { instance_type, provider, region, kubelet, prices, pricing, output } => {
            let output = OutputSettings::resolve(output)?;
            let (book, _) = priced(prices.as_deref(), pricing.as_deref(), Currency::USD)?;
            let listing = show(&book, &instance_type, provider, region.as_deref(), &kubelet)?;
            deliver(price_listing(&listing, output.layout)?, 0, &output)
        }
        PricesCommand::Groups { provider, region, prices, output } => {
            let output = OutputSettings::resolve(output)?;
            let book = price_book(prices.as_deref())?;
            let region = region.or_else(|| provider.default_region().map(str::to_owned));
            let only = || match book.regions(provider).as_slice() {
                [] => Err(PricesError::NoPrices { provider }.into()),
                [only] => Ok((*only).to_owned()),
                several => {
                    Err(Failure::Value(format!("name one of the regions with --region: {}", several.join(", "))))
                }
            };
            let region = region.map_or_else(only, Ok)?;
            deliver(price_listing(&groups(&book, provider, &region)?, output.layout)?, 0, &output)
        }
        PricesCommand::Import { format, files, region, output } => import(format, &files, &region, output.as_deref()),
        PricesCommand::Check { file, cluster, prices }
            if file.extension().is_some_and(|extension| extension == "toml") =>
        {
            let (book, name) = (price_book(prices.as_deref())?, label(&file));
            let pricing = parse_pricing(&name, &read(&file)?, &book)?;
            let stdout = prices_check::text(&name, book, pricing, cluster.as_deref(), today(now(clock)?))?;
            Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
        }
        PricesCommand::Check { cluster: Some(_), .. } | PricesCommand::Check { prices: Some(_), .. } => {
            Err(Failure::Value("--cluster and --prices are for a pricing file, whose name ends in .toml".to_owned()))
        }
        PricesCommand::Check { file, .. } => {
            let table = OwnTable::parse(&read_bytes(&file)?, &label(&file))?;
            let stdout = format!("{}: valid price table with {} prices\n", label(&file), table.len());
            Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
        }
    }
}

/// Converts the price lists to one table, and logs the excluded prices to stderr.
fn import(
    format: ListFormatArg,
    files: &[PathBuf],
    regions: &[String],
    output: Option<&Path>,
) -> Result<Outcome, Failure> {
    let format = match format {
        ListFormatArg::Aws => ListFormat::Aws,
        ListFormatArg::Azure => ListFormat::Azure,
        ListFormatArg::Gcp => ListFormat::Gcp,
        ListFormatArg::Opencost => ListFormat::OpenCost,
    };
    let mut imported = Imported::default();
    for file in files {
        imported = imported.merge(Imported::read(format, open(file)?, &label(file))?);
    }
    let found: BTreeSet<String> = imported.prices.keys().map(|(_, region, _)| region.clone()).collect();
    if let Some(absent) = regions.iter().find(|region| !found.contains(*region)) {
        let near: Vec<String> =
            nearest(absent, found.iter().map(String::as_str)).into_iter().map(str::to_owned).collect();
        return Err(Failure::Value(format!(
            "the list has no price in region `{}`{}",
            absent.escape_debug(),
            did_you_mean(&near)
        )));
    }
    let imported = imported.in_regions(regions);
    let places: BTreeSet<&str> = imported.prices.keys().map(|(_, region, _)| region.as_str()).collect();
    log_progress(&format!("imported prices: {}; regions: {}", imported.prices.len(), places.len()));
    if !imported.left_out.is_empty() {
        log_progress(&format!("not imported: {}", imported.reasons()));
    }
    put(imported.table().into_bytes(), 0, output)
}

fn groups(book: &PriceBook, provider: Provider, region: &str) -> Result<PriceListing, Failure> {
    let offerings = book.offerings(provider, region)?;
    let groups = price_groups()?;
    let mine = groups.iter().filter(|group| group.provider == provider);
    // A price group that is not sold in the region has no price there.
    let prices = mine.filter_map(|group| {
        let price = groups.share_price(group, &offerings, CapacityType::OnDemand).ok()?;
        Some(GroupListing { arch: group.arch, basis: group.basis, price })
    });
    Ok(PriceListing::Groups(prices.collect()))
}

fn regions(book: &PriceBook, provider: Option<Provider>) -> Result<PriceListing, Failure> {
    let mut listing = Vec::new();
    for provider in Provider::ALL.into_iter().filter(|p| provider.is_none_or(|wanted| wanted == *p)) {
        for region in book.regions(provider) {
            let offerings = book.offerings(provider, region)?;
            listing.push(RegionListing {
                provider,
                region: region.to_owned(),
                types: offerings.len(),
                spot: offerings.iter().filter(|o| o.spot.is_some()).count(),
                dates: book.dates(provider, region)?,
            });
        }
    }
    match provider {
        Some(provider) if listing.is_empty() => Err(PricesError::NoPrices { provider }.into()),
        _ => Ok(PriceListing::Regions(listing)),
    }
}

fn types(book: &PriceBook, provider: Provider, region: &str) -> Result<PriceListing, Failure> {
    let kubelet = Kubelet::of(Distribution::of(provider));
    let offerings = book.offerings(provider, region)?;
    Ok(PriceListing::Types(offerings.into_iter().map(|o| listing(provider, region, &kubelet, o)).collect()))
}

fn listing(provider: Provider, region: &str, kubelet: &Kubelet, offering: Offering) -> TypeListing {
    TypeListing {
        provider,
        region: region.to_owned(),
        distribution: kubelet.distribution,
        allocatable: allocatable(provider, &offering.instance, kubelet),
        offering,
    }
}

fn show(
    book: &PriceBook,
    name: &str,
    provider: Option<Provider>,
    region: Option<&str>,
    kubelet: &KubeletArgs,
) -> Result<PriceListing, Failure> {
    let providers: Vec<Provider> = match provider {
        Some(provider) => vec![provider],
        None => Provider::ALL.into_iter().filter(|p| !book.everywhere(*p, name).is_empty()).collect(),
    };
    let Some(&provider) = providers.first() else {
        let all = Provider::ALL.into_iter().flat_map(|p| book.type_names(p));
        let near: Vec<String> = nearest(name, all).into_iter().map(str::to_owned).collect();
        return Err(Failure::Value(format!("no provider has an instance type `{name}`{}", did_you_mean(&near))));
    };
    let kubelet = kubelet.of(provider);
    check_kubelet(&kubelet)?;
    match region {
        Some(region) => {
            let offering = book.find(provider, region, name)?;
            Ok(PriceListing::One(Box::new(listing(provider, region, &kubelet, offering))))
        }
        None => {
            let all = book.everywhere(provider, name);
            if all.is_empty() {
                // Suggests similar names, looking in the provider's main region.
                let region = provider.default_region().unwrap_or("");
                book.find(provider, region, name)?;
            }
            let listings = all.into_iter().map(|(region, o)| listing(provider, region, &kubelet, o)).collect();
            Ok(PriceListing::Types(listings))
        }
    }
}
