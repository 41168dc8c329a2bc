//! Every failure of every statement of every case.

use crate::cases::{CASES, Case};
use crate::driver::Fault;
use crate::state::State;
use crate::world::World;

/// What happens without any failure.
struct Reference {
    before: State,
    once: State,
    twice: State,
    statuses: [u16; 2],
    statements: usize,
}

fn world(case: &Case) -> World {
    let mut world = World::new();
    (case.given)(&mut world);
    world
}

/// Sends the case's request with the cookies that the browser has without its answer.
fn send(world: &mut World, case: &Case) -> Option<u16> {
    let cookies = world.cookies();
    let wanted = (case.request)(world);
    let status = world.send(&wanted).map(|answer| answer.status);
    world.set_cookies(cookies);
    status
}

fn reference(case: &Case) -> Reference {
    let mut world = world(case);
    let name = case.name;
    let before = State::of(world.database(), name);
    world.database().plan(None);
    let first = send(&mut world, case).unwrap();
    let statements = world.database().seen();
    let once = State::of(world.database(), name);
    let second = send(&mut world, case).unwrap();
    let twice = State::of(world.database(), name);
    Reference {
        before,
        once,
        twice,
        statuses: [first, second],
        statements,
    }
}

/// Lets one statement fail, looks, and sends the request again; whether the fault struck.
fn fail(case: &Case, reference: &Reference, at: usize, fault: Fault) -> bool {
    let mut world = world(case);
    world.database().plan(Some((at, fault)));
    let status = send(&mut world, case);
    if !world.database().fired() {
        return false;
    }
    world.database().plan(None);
    let when = format!(
        "{}, {fault:?} at statement {at}, answered {status:?}",
        case.name
    );
    let state = State::of(world.database(), &when);
    let is_done = state == reference.once;
    assert!(
        is_done || state == reference.before,
        "{when}: a half state; against before:\n{}against after:\n{}",
        reference.before.difference(&state),
        reference.once.difference(&state),
    );
    if status.is_some_and(|status| status < 400) {
        assert!(
            is_done,
            "{when}: reported and not stored\n{}",
            reference.once.difference(&state)
        );
    }
    let abandoned = matches!(fault, Fault::AbandonedBefore | Fault::AbandonedAfter);
    assert_eq!(status.is_none(), abandoned, "{when}");

    let again = send(&mut world, case);
    let state = State::of(world.database(), &format!("{when}, sent again"));
    // A request that changes nothing has one state before and after.
    let unchanged = reference.before == reference.once;
    let (expected, wanted) = if is_done && !unchanged {
        (reference.statuses[1], &reference.twice)
    } else {
        (reference.statuses[0], &reference.once)
    };
    assert_eq!(again, Some(expected), "{when}, sent again");
    assert!(
        state == *wanted,
        "{when}, sent again:\n{}",
        wanted.difference(&state)
    );
    true
}

/// How many failures struck a case.
fn run(case: &Case) -> usize {
    let reference = reference(case);
    let each = (0..reference.statements).flat_map(|at| Fault::ALL.map(|fault| (at, fault)));
    let struck = each.filter(|(at, fault)| fail(case, &reference, *at, *fault));
    let count = struck.count();
    println!(
        "{}: {} statements, {count} failures",
        case.name, reference.statements
    );
    assert_eq!(
        reference.statuses, case.statuses,
        "{}, sent twice",
        case.name
    );
    count
}

#[test]
fn no_failure_of_any_statement_leaves_a_half_state_or_a_wrong_answer() {
    let only = std::env::var("FAULTS").unwrap_or_default();
    let mut struck = 0;
    let mut broken = Vec::new();
    for case in CASES.iter().filter(|case| case.name.contains(&only)) {
        // Every case is looked at, whatever others did.
        match std::panic::catch_unwind(|| run(case)) {
            Ok(count) => struck += count,
            Err(_) => broken.push(case.name),
        }
    }
    println!("{} cases, {struck} failures", CASES.len());
    assert!(broken.is_empty(), "{broken:?}");
}
