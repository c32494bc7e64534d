//! A bill as CSV, packed with gzip, and as Parquet says the same; and how the result is shown.

use std::io::Write;
use std::path::{Path, PathBuf};

use capmodel::units::Month;
use rust_decimal::Decimal;

use super::bills::{Kind, Line, csv, cur, dec, focus, machine};
use super::{cluster, report, report_as, rows};

const MONTH: &str = "2026-02";

fn lines() -> Vec<Line> {
    let month: Month = MONTH.parse().unwrap();
    let mut lines = machine(month, Kind::Usage, "i-a", 672, "0.10");
    lines.extend(machine(month, Kind::Covered(dec("0.20")), "i-b", 600, "0.28"));
    lines.push(Line { tagged: true, ..Line::new(month, Kind::Usage, "vol-1", "EBS:VolumeUsage.gp3", "8.00") });
    lines.push(Line::new(month, Kind::Tax, "", "", "1.01"));
    lines
}

fn nodes(folder: &Path) -> PathBuf {
    cluster(folder, &[("i-a", "z9.small"), ("i-b", "z9.large")])
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn gzip_and_several_files_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = nodes(folder.path());
    let month: Month = MONTH.parse().unwrap();
    let (all, lines) = (folder.path().join("all.csv"), lines());
    let (one, two) = (folder.path().join("one.csv.gz"), folder.path().join("two.csv"));
    std::fs::write(&all, csv(&focus(month, &lines))).unwrap();
    std::fs::write(&one, packed(&csv(&focus(month, &lines[..700])))).unwrap();
    std::fs::write(&two, csv(&focus(month, &lines[700..]))).unwrap();
    let whole = report(&snapshot, MONTH, &[&all], &[]);
    let parts = report(&snapshot, MONTH, &[&one, &two], &[]);
    assert_eq!(rows(&whole), rows(&parts));
    assert_eq!(rows(&whole)["disks"], ["–", "8.00"]);
    // Modelled for 672 hours, of which 600 are billed, all of them covered.
    assert_eq!(rows(&whole)["commitment"], ["168.00", "120.00"]);
    assert_eq!(rows(&whole)["hours"], ["20.16", "0.00"]);
}

/// The volumes of a snapshot name their disks, so that no tag is needed.
#[test]
fn a_disk_is_known_by_its_handle() {
    let folder = tempfile::tempdir().unwrap();
    let month: Month = MONTH.parse().unwrap();
    let text = std::fs::read_to_string("fixtures/report/small.json").unwrap();
    let mut snapshot: serde_json::Value = serde_json::from_str(&text).unwrap();
    snapshot["volumes"][0]["handle"] = "vol-1".into();
    let (path, bill) = (folder.path().join("cluster.json"), folder.path().join("bill.csv"));
    std::fs::write(&path, snapshot.to_string()).unwrap();
    let disk = Line::new(month, Kind::Usage, "vol-1", "EBS:VolumeUsage.gp3", "8.00");
    let other = Line::new(month, Kind::Usage, "vol-2", "EBS:VolumeUsage.gp3", "5.00");
    std::fs::write(&bill, csv(&cur(month, &[disk, other], false))).unwrap();
    let report = report(&path, MONTH, &[&bill], &[]);
    // 100 GiB at 0.08 for 672 of 730 hours.
    assert_eq!(rows(&report)["disks"], ["7.36", "8.00"]);
    assert_eq!(rows(&report)["not-kubernetes"], ["–", "5.00"]);
}

#[test]
fn screens_and_pages_have_the_reconciliation() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = nodes(folder.path());
    let path = folder.path().join("bill.csv");
    std::fs::write(&path, csv(&cur(MONTH.parse().unwrap(), &lines(), true))).unwrap();
    let text = |format, bills: &[&Path]| {
        let output = report_as(format, &snapshot, MONTH, bills, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for format in ["table", "markdown", "html"] {
        let (without, with) = (text(format, &[]), text(format, &[&path]));
        assert_eq!(without.matches("not reconciled").count(), 1, "{format}");
        assert!(!with.contains("not reconciled") && with.contains("commitment: nodes that it covers"), "{format}");
    }
    assert_leads(&plot(&text("html", &[&path]), "From modelled to billed"), &["modelled", "billed"]);
    for format in ["csv", "focus", "openmetrics"] {
        let output = report_as(format, &snapshot, MONTH, &[&path], &[]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(2) && message.contains("only table, markdown, html and json"),
            "{message}"
        );
    }
    let output = report_as("json", &snapshot, MONTH, &[&path], &["--timezone", "Europe/Berlin"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("remove --timezone"));
}

/// Names and numbers of the plot with this title.
fn plot(page: &str, title: &str) -> Vec<(String, Decimal)> {
    let (_, table) = page.split_once(&format!("Numbers of the plot {title}<")).unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    let row = |row: &str| {
        let (name, number) = row.split_once("</th><td>").unwrap();
        (name.to_owned(), dec(&number.split("</td>").next().unwrap().replace([',', '+'], "")))
    };
    table.split("<th scope=\"row\">").skip(1).map(row).collect()
}

/// The steps between two totals add up to their difference.
fn assert_leads(plot: &[(String, Decimal)], totals: &[&str]) {
    let at = |total: &&str| plot.iter().position(|(name, _)| name == total).unwrap();
    let places: Vec<usize> = totals.iter().map(at).collect();
    assert_eq!((places.first(), places.last()), (Some(&0), Some(&(plot.len() - 1))));
    for two in places.windows(2) {
        let to: Decimal = plot[two[0]..two[1]].iter().map(|(_, number)| *number).sum();
        assert_eq!(to, plot[two[1]].1, "{plot:?}");
    }
}

/// The bill of November, which the report of October predicted with one node less.
#[test]
fn the_plot_leads_from_predicted_over_modelled_to_billed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("reports");
    std::fs::create_dir(&store).unwrap();
    let bill = folder.path().join("bill.csv");
    let month: Month = "2026-11".parse().unwrap();
    std::fs::write(&bill, csv(&focus(month, &machine(month, Kind::Usage, "i-a", 700, "0.12")))).unwrap();
    let page = |nodes: &[(&str, &str)], taken_at: &str, month: &str, bills: &[&Path]| {
        let snapshot = cluster(folder.path(), nodes);
        let text = std::fs::read_to_string(&snapshot).unwrap().replace("2026-11-24T08:00:00Z", taken_at);
        std::fs::write(&snapshot, text).unwrap();
        let output = report_as("html", &snapshot, month, bills, &["--deliver", store.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    page(&[("i-a", "z9.small")], "2026-10-15T08:00:00Z", "2026-10", &[]);
    let both = [("i-a", "z9.small"), ("i-b", "z9.large")];
    let page = page(&both, "2026-11-24T08:00:00Z", "2026-11", &[&bill]);
    assert_leads(&plot(&page, "From predicted to modelled to billed"), &["predicted", "modelled", "billed"]);
}

#[cfg(feature = "parquet")]
mod in_parquet {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// The tag column of the report of AWS, which is a part of a map in Parquet.
    const TAG: &str = "resource_tags_user_kubernetes_io_cluster_small";

    /// Columns of costs and quantities are doubles and tags a map, as AWS writes them, and those that start a period are
    /// timestamps.
    fn parquet(rows: &[Vec<String>], path: &Path) {
        let is_number = |name: &str| name.ends_with("_cost") || name.ends_with("_amount") || name.ends_with("Cost");
        let is_time = |name: &str| name.ends_with("start_date") || name.ends_with("Start");
        let (header, rows) = rows.split_first().unwrap();
        let field = |name: &String| match (is_number(name), is_time(name)) {
            _ if name == TAG => "optional group resource_tags (MAP) { repeated group key_value { \
                                 required binary key (STRING); optional binary value (STRING); } } "
                .to_owned(),
            (true, _) => format!("optional double {name}; "),
            (_, true) => format!("required int64 {name} (TIMESTAMP(MILLIS, true)); "),
            _ => format!("optional binary {name} (STRING); "),
        };
        let fields: String = header.iter().map(field).collect();
        let schema = Arc::new(parse_message_type(&format!("message bill {{ {fields} }}")).unwrap());
        let file = std::fs::File::create(path).unwrap();
        let mut writer =
            SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::builder().build())).unwrap();
        // Two row groups.
        for rows in rows.chunks(rows.len() / 2 + 1) {
            let mut group = writer.next_row_group().unwrap();
            for (index, name) in header.iter().enumerate() {
                if name == TAG {
                    let is_tagged: Vec<i16> = rows.iter().map(|row| i16::from(!row[index].is_empty())).collect();
                    let tagged = is_tagged.iter().filter(|is| **is == 1).count();
                    let first = vec![0; rows.len()];
                    for (text, depth) in [("user_kubernetes_io_cluster_small", 2), ("owned", 3)] {
                        let mut column = group.next_column().unwrap().unwrap();
                        let levels: Vec<i16> = is_tagged.iter().map(|is| is * depth).collect();
                        let values = vec![ByteArray::from(text); tagged];
                        column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&first)).unwrap();
                        column.close().unwrap();
                    }
                    continue;
                }
                let mut column = group.next_column().unwrap().unwrap();
                let there: Vec<&str> =
                    rows.iter().map(|row| row[index].as_str()).filter(|text| !text.is_empty()).collect();
                let levels: Vec<i16> = rows.iter().map(|row| i16::from(!row[index].is_empty())).collect();
                if is_number(name) {
                    let values: Vec<f64> = there.iter().map(|text| text.parse().unwrap()).collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels), None).unwrap();
                } else if is_time(name) {
                    let millis = |text: &&str| text.parse::<capmodel::units::Timestamp>().unwrap().as_millisecond();
                    let values: Vec<i64> = there.iter().map(millis).collect();
                    column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
                } else {
                    let values: Vec<ByteArray> = there.iter().map(|text| ByteArray::from(*text)).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
                }
                column.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.close().unwrap();
    }

    #[test]
    fn parquet_says_the_same_as_csv() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = nodes(folder.path());
        let month: Month = MONTH.parse().unwrap();
        for table in [cur(month, &lines(), false), focus(month, &lines())] {
            let (text, binary) = (folder.path().join("bill.csv"), folder.path().join("bill.parquet"));
            std::fs::write(&text, csv(&table)).unwrap();
            parquet(&table, &binary);
            let of_text = report(&snapshot, MONTH, &[&text], &[]);
            let of_binary = report(&snapshot, MONTH, &[&binary], &[]);
            assert_eq!(rows(&of_text), rows(&of_binary));
            assert_eq!(of_text["reconciliation"]["charges"], of_binary["reconciliation"]["charges"]);
            // Errors name the row.
            let output = report_as("json", &snapshot, "2026-03", &[&binary], &[]);
            let message = String::from_utf8(output.stderr).unwrap();
            assert!(
                output.status.code() == Some(3) && message.contains("bill.parquet, row 1: the bill is of 2026-02"),
                "{message}"
            );
        }
    }
}
