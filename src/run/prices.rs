//! `capmodel prices`.

use super::basis::{check_kubelet, price_book};
use super::{Failure, Outcome, deliver};
use crate::cli::{KubeletArgs, PricesCommand};
use crate::inputs::files::read_bytes;
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::inputs::prices::{OwnTable, PriceBook, PricesError, price_groups};
use crate::model::{CapacityType, Distribution, Kubelet, Offering, Provider, allocatable};
use crate::outputs::{GroupListing, PriceListing, RegionListing, TypeListing, price_listing};
use crate::settings::{OutputSettings, default_region};

pub(super) fn run(command: PricesCommand) -> Result<Outcome, Failure> {
    match command {
        PricesCommand::List { provider, region, prices, output } => {
            let output = OutputSettings::resolve(output);
            let book = price_book(prices.as_deref())?;
            let listing = match (provider, region) {
                (Some(provider), Some(region)) => types(&book, provider, &region)?,
                (provider, _) => regions(&book, provider)?,
            };
            deliver(price_listing(&listing, &output)?, 0, &output)
        }
        PricesCommand::Show { instance_type, provider, region, kubelet, prices, output } => {
            let output = OutputSettings::resolve(output);
            let book = price_book(prices.as_deref())?;
            let listing = show(&book, &instance_type, provider, region.as_deref(), &kubelet)?;
            deliver(price_listing(&listing, &output)?, 0, &output)
        }
        PricesCommand::Groups { provider, region, prices, output } => {
            let output = OutputSettings::resolve(output);
            let book = price_book(prices.as_deref())?;
            let region = region.or_else(|| default_region(provider).map(str::to_owned));
            let only = || match book.regions(provider).as_slice() {
                [] => Err(PricesError::NoPrices { provider }.into()),
                [only] => Ok((*only).to_owned()),
                several => {
                    Err(Failure::Value(format!("name one of the regions with --region: {}", several.join(", "))))
                }
            };
            let region = region.map_or_else(only, Ok)?;
            deliver(price_listing(&groups(&book, provider, &region)?, &output)?, 0, &output)
        }
        PricesCommand::Check { file } => {
            let table = OwnTable::parse(&read_bytes(&file)?, &file.display().to_string())?;
            let stdout = format!("{}: valid price table with {} prices\n", file.display(), table.len());
            Ok(Outcome { stdout: stdout.into_bytes(), ..Outcome::default() })
        }
    }
}

fn groups(book: &PriceBook, provider: Provider, region: &str) -> Result<PriceListing, Failure> {
    let offerings = book.offerings(provider, region)?;
    let groups = price_groups()?;
    let mine = groups.iter().filter(|group| group.provider == provider);
    // A group that the region does not sell has no price there.
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
                // Says what is near, with the provider's main region as the place looked at.
                let region = default_region(provider).unwrap_or("");
                book.find(provider, region, name)?;
            }
            let listings = all.into_iter().map(|(region, o)| listing(provider, region, &kubelet, o)).collect();
            Ok(PriceListing::Types(listings))
        }
    }
}
