//! Goal: whatever happened to the first start of `dev`, the next one has all of the demo.
//! Method: kill a first start as soon as it listens, which is before its demo data is complete.

use super::node::Node;

#[test]
fn a_first_start_that_was_cut_short_is_completed_by_the_next() {
    let data = tempfile::tempdir().unwrap();
    drop(Node::start_as("dev", data.path(), &[]));
    // What the killed one could not remove.
    std::fs::remove_file(data.path().join("runtime.json")).unwrap();
    let node = Node::start_as("dev", data.path(), &[]);
    let line = node.printed("curl ");
    let key = line.split_once("Bearer ").unwrap().1;
    let key = key.split_once('\'').unwrap().0;
    assert!(key.starts_with("ps_live_"), "{line}");
    let state = std::fs::read_to_string(data.path().join("dev.json")).unwrap();
    assert!(state.contains("\"is_complete\": true"), "{state}");
    assert_eq!(node.stop().0, Some(0));
}
