//! `struct kinfo_proc` of macOS' sys/sysctl.h, one a process: of its 648 bytes the state alone is read, `p_stat` of the
//! `struct extern_proc` at its front (sys/proc.h).

use super::States;

/// The structure's size.
pub const SIZE: usize = 648;
/// Where `p_stat` stands.
const STATE: usize = 36;

/// `SRUN`, `SSLEEP`, `SSTOP` and `SZOMB`; `SIDL` is a process that is being made.
const RUNNING: u8 = 2;
const SLEEPING: u8 = 3;
const STOPPED: u8 = 4;
const ZOMBIE: u8 = 5;

/// Counts the processes of an answer by their states; what is left over is no process.
pub fn count(answer: &[u8]) -> (u64, States) {
    let (mut processes, mut states) = (0, States::default());
    for process in answer.as_chunks::<SIZE>().0 {
        processes += 1;
        *match process[STATE] {
            RUNNING => &mut states.running,
            SLEEPING => &mut states.sleeping,
            STOPPED => &mut states.stopped,
            ZOMBIE => &mut states.zombie,
            _ => &mut states.other,
        } += 1;
    }
    (processes, states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_counted_by_their_state() {
        let mut answer = Vec::new();
        for state in [2, 2, 3, 4, 5, 1] {
            let mut process = [0xff; SIZE];
            process[STATE] = state;
            answer.extend(process);
        }
        answer.extend([2; SIZE - 1]);
        let (processes, states) = count(&answer);
        let expected = States {
            running: 2,
            sleeping: 1,
            stopped: 1,
            zombie: 1,
            other: 1,
            ..States::default()
        };
        assert_eq!((processes, states), (6, expected));
    }
}
