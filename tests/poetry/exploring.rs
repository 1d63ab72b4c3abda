//! The programs that explore every interleaving.

use std::collections::BTreeSet;

use crate::support::{Finished, run};

fn lines(finished: &Finished) -> Vec<&str> {
    finished.stdout.lines().collect()
}

#[test]
fn exercise_4_counts_the_interleavings_and_shows_one() {
    let finished = run("exercise_4", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let printed = lines(&finished);
    let counts = [
        "failed downloads 0: 90 interleavings",
        "failed downloads 1: 30 interleavings",
        "failed downloads 2: 12 interleavings",
        "failed downloads 3: 6 interleavings",
    ];
    assert_eq!(printed[..4], counts);
    let (header, lanes) = printed[7..].split_first().expect("a timeline");
    assert_eq!(lanes.len(), 3, "{}", finished.stdout);
    let column_of = |turn: usize| header.find(&format!(" {turn}")).expect("a column") + 1;
    let mut taken = BTreeSet::new();
    for lane in lanes {
        let (download, transform) = (lane.find('D').expect("a download"), lane.find('T').expect("a transform"));
        assert!(download < transform, "{lane}");
        taken.extend([download, transform]);
    }
    assert_eq!(taken, (1..=6).map(column_of).collect(), "each turn is somebody's:\n{}", finished.stdout);
}

#[test]
fn exercise_4_counts_for_other_numbers_of_poems_and_failures() {
    for (poems, failed, count) in
        [("4", "0", 2520), ("4", "1", 630), ("4", "2", 180), ("2", "0", 6), ("2", "1", 3), ("1", "1", 1)]
    {
        let finished = run("exercise_4", &["--poems", poems, "--failed", failed]);
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
        assert_eq!(lines(&finished)[0], format!("failed downloads {failed}: {count} interleavings"));
    }
    let finished = run("exercise_4", &["--poems", "2", "--failed", "3"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""));
    assert!(finished.stderr.starts_with("error: there are only 2 downloads to fail"), "{}", finished.stderr);
}

const LOST: &str = "panicked: assertion `left == right` failed: two parties of two";

#[test]
fn lost_update_finds_the_schedule_that_loses_a_party_and_fails_again_when_it_is_replayed() {
    let finished = run("lost_update", &[]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(1), ""));
    let found = lines(&finished);
    assert_eq!(found[0], "a schedule fails, found after 2 schedules");
    let schedule = found[2].trim();
    assert_eq!((schedule, found[4]), ("tick, Ann answers, Bob answers", "1 event out of order"));
    assert!(finished.stdout.contains(LOST), "{}", finished.stdout);

    let again = run("lost_update", &["--replay", schedule]);
    assert_eq!(again.code, Some(1));
    assert_eq!(lines(&again)[0], "the schedule fails");
    assert_eq!(lines(&again)[2..9], found[2..9], "in the same way");
    assert!(again.stderr.contains("two parties of two"), "a replay prints its panics: {}", again.stderr);
}

#[test]
fn lost_update_in_the_usual_order_is_not_lost() {
    let finished = run("lost_update", &["--replay", "..."]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "the schedule does not fail\n"));
}

#[test]
fn lost_update_finds_nothing_in_the_mended_program() {
    let finished = run("lost_update", &["--fixed"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert_eq!(finished.stdout, "explored 3 schedules: all there are, and none fails\n");
    let replayed = run("lost_update", &["--fixed", "--replay", "tick, Ann answers, Bob answers"]);
    assert_eq!((replayed.code, replayed.stdout.as_str()), (Some(0), "the schedule does not fail\n"));
}
