//! Taking turns, medians, and the CPU time that a server and its children used.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

/// Pairs of runs: enough for a median, few enough for a coffee.
const PAIRS: usize = 5;
/// What `/proc/PID/stat` counts in; fixed on Linux for user space.
const TICKS_PER_SECOND: f64 = 100.0;

/// One run of one side.
pub(super) struct Sample {
    pub(super) per_second: f64,
    /// CPU time of the server for each unit of work, in microseconds.
    pub(super) server_cpu_us: f64,
}

/// Medians of the ratios of ours to the peer's.
pub(super) struct Comparison {
    pub(super) rate: f64,
    pub(super) server_cpu: f64,
}

/// Warms both sides up, lets them take turns and relates ours to the peer's.
pub(super) fn compare(
    peer_name: &str,
    mut ours: impl FnMut() -> Result<Sample>,
    mut peer: impl FnMut() -> Result<Sample>,
) -> Result<Comparison> {
    println!("    warming up");
    ours()?;
    peer()?;
    let mut rates = Vec::new();
    let mut costs = Vec::new();
    for pair in 1..=PAIRS {
        let (one, other) = (ours()?, peer()?);
        println!(
            "    {pair}/{PAIRS}: ours {:.0}/s{}; {peer_name} {:.0}/s{}",
            one.per_second,
            cpu_each(&one),
            other.per_second,
            cpu_each(&other),
        );
        rates.push(one.per_second / other.per_second);
        costs.push(one.server_cpu_us / other.server_cpu_us);
    }
    let compared = Comparison {
        rate: median(rates),
        server_cpu: median(costs),
    };
    let rate = format!("{:.2}× the rate of {peer_name}", compared.rate);
    if compared.server_cpu.is_nan() {
        println!("    medians: {rate}");
    } else {
        println!(
            "    medians: {:.3}× the server CPU, {rate}",
            compared.server_cpu
        );
    }
    Ok(compared)
}

/// What a piece cost; nothing of a peer that has no CPU of its own, such as a disk.
fn cpu_each(sample: &Sample) -> String {
    if sample.server_cpu_us.is_nan() {
        return String::new();
    }
    format!(", {:.0} µs CPU each", sample.server_cpu_us)
}

/// Runs work of a known size and relates it to the time and to the server's CPU.
pub(super) fn sample(server: u32, work: impl FnOnce() -> Result<f64>) -> Result<Sample> {
    let (before, start) = (cpu_seconds(server)?, Instant::now());
    let done = work()?;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds(server)? - before;
    Ok(Sample {
        per_second: done / seconds,
        server_cpu_us: cpu * 1e6 / done,
    })
}

/// The middle one; of an even number the mean of the two in the middle.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        values[middle - 1].midpoint(values[middle])
    }
}

/// Samples that were taken side by side.
pub(super) fn pairs(samples: &Value) -> Result<Vec<(f64, f64)>> {
    let samples = samples.as_array().context("no samples")?;
    let pair = |pair: &Value| pair[0].as_f64().zip(pair[1].as_f64());
    let pairs: Option<Vec<_>> = samples.iter().map(pair).collect();
    pairs.context("a sample without two numbers")
}

struct Process {
    pid: u32,
    parent: u32,
    seconds: f64,
}

/// User and system time of a process, its descendants, and the children they have outlived.
pub(super) fn cpu_seconds(root: u32) -> Result<f64> {
    let processes: Vec<Process> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| process(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect();
    let mut members = vec![root];
    let mut total = 0.0;
    while let Some(pid) = members.pop() {
        let known = processes.iter().find(|process| process.pid == pid);
        total += known.map_or(0.0, |process| process.seconds);
        members.extend(
            processes
                .iter()
                .filter(|one| one.parent == pid)
                .map(|one| one.pid),
        );
        if pid == root {
            known.with_context(|| format!("the server (process {root}) is gone"))?;
        }
    }
    Ok(total)
}

/// Reads `/proc/PID/stat`; the program's name may hold blanks and parentheses.
fn process(pid: u32, stat: &str) -> Option<Process> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let parent = fields.get(1)?.parse().ok()?;
    // utime, stime, cutime, cstime: fields 14 to 17 counted from the pid.
    let ticks: f64 = fields
        .get(11..15)?
        .iter()
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    Some(Process {
        pid,
        parent,
        seconds: ticks / TICKS_PER_SECOND,
    })
}

#[cfg(test)]
mod tests {
    use super::{cpu_seconds, median, process};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(
            median(vec![4.0, 1.0, 2.0, 3.0]).to_bits(),
            2.5_f64.to_bits()
        );
    }

    #[test]
    fn cpu_time_counts_children_that_ended_and_survives_odd_names() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4194304 10 0 0 0 100 50 25 25 20 0 1 0 99";
        let read = process(7, stat).unwrap();
        assert_eq!((read.pid, read.parent), (7, 3));
        assert_eq!(read.seconds.to_bits(), 2.0_f64.to_bits());
    }

    #[test]
    fn a_server_that_is_gone_is_an_error() {
        assert!(cpu_seconds(std::process::id()).is_ok());
        assert!(cpu_seconds(u32::MAX).is_err());
    }
}
