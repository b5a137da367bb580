//! Goal: a plot says what its numbers say. Method: paths and labels of small plots, and scales as a
//! table.

use super::{scale::Scale, *};

fn days(count: usize) -> Vec<String> {
    (1..=count).map(|day| format!("Nov {day}")).collect()
}

#[test]
fn a_scale_ends_at_a_round_number_with_a_round_half() {
    for (highest, top) in [
        (0.0, 2.0),
        (1.0, 2.0),
        (3.0, 4.0),
        (9.0, 10.0),
        (10.0, 20.0),
        (41.0, 60.0),
        (999.0, 1000.0),
        (200_000.0, 200_000.0),
    ] {
        assert_eq!(
            Scale::even(highest, Unit::Count),
            Scale::Even { top },
            "{highest}"
        );
    }
    assert_eq!(Scale::even(0.2, Unit::Rate), Scale::Even { top: 1.0 });
    for (highest, decades) in [(0.0, 1), (10.0, 1), (11.0, 2), (200_000.0, 6), (1e12, 9)] {
        assert_eq!(
            Scale::powers(highest),
            Scale::Powers { decades },
            "{highest}"
        );
    }
}

#[test]
fn columns_stand_on_each_other_and_fill_the_plot_where_they_are_highest() {
    let chart = Chart::new("Mail", Unit::Count, days(2)).series(vec![
        Series::columns("Delivered", Ink::Good, [6, 0]),
        Series::columns("Bounced", Ink::Bad, [4, 1]),
    ]);
    let paths: Vec<String> = chart.shapes().into_iter().map(|shape| shape.path).collect();
    assert_eq!(chart.heights(), ["20", "10", "0"]);
    assert_eq!(
        paths,
        ["M1 100V70h8V100z", "M1 70V50h8V70zM11 100V95h8V100z"]
    );
    assert_eq!(chart.hint(0), "Nov 1\nDelivered: 6\nBounced: 4");
}

#[test]
fn a_line_has_a_gap_where_nothing_can_be_said() {
    let chart = Chart::new("Passed", Unit::Rate, days(4)).series(vec![Series {
        name: "DMARC",
        ink: Ink::Accent,
        mark: Mark::Line,
        numbers: vec![Some(1.0), Some(0.5), None, Some(0.0)],
    }]);
    let shapes = chart.shapes();
    assert_eq!(shapes[0].path, "M5 0L15 50M31 100h8");
    assert_eq!(chart.heights(), ["100 %", "50 %", "0 %"]);
    assert_eq!(chart.cells(2), [("DMARC", "–".to_owned())]);
}

#[test]
fn a_line_of_one_day_is_as_wide_as_a_column() {
    let limit = Series {
        name: "Limit",
        ink: Ink::Good,
        mark: Mark::Dashes,
        numbers: vec![Some(20.0)],
    };
    let sent = Series::columns("Sent", Ink::Accent, [20]);
    let chart = Chart::new("Limit", Unit::Count, days(1)).series(vec![sent, limit]);
    let paths: Vec<String> = chart.shapes().into_iter().map(|shape| shape.path).collect();
    assert_eq!(paths, ["M1 100V0h8V100z", "M1 0h8"]);
}

#[test]
fn powers_of_ten_are_equally_far_apart() {
    let chart = Chart::new("Limit", Unit::Count, days(3))
        .series(vec![Series {
            name: "Limit",
            ink: Ink::Accent,
            mark: Mark::Dashes,
            numbers: vec![Some(1.0), Some(100.0), Some(10_000.0)],
        }])
        .spaced(Spacing::Powers);
    assert_eq!(chart.shapes()[0].path, "M5 100L15 50L25 0");
    assert_eq!(chart.heights(), ["10,000", "1,000", "100", "10", "1"]);
}

#[test]
fn no_more_names_than_there_is_room_for() {
    for (count, want) in [
        (0, vec![]),
        (1, vec!["Nov 1"]),
        (3, vec!["Nov 1", "Nov 2", "Nov 3"]),
        (9, vec!["Nov 1", "Nov 3", "Nov 5", "Nov 7", "Nov 9"]),
    ] {
        let chart = Chart::new("Mail", Unit::Count, days(count));
        assert_eq!(chart.names(), want);
    }
}

#[test]
fn percent_has_a_digit_after_the_point_where_it_tells_something() {
    for (fraction, want) in [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50 %"),
        (0.9876, "98.8 %"),
        (0.0004, "0 %"),
        (0.9996, "100 %"),
    ] {
        assert_eq!(percent(fraction), want);
    }
}
