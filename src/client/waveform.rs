//! How loud a recording is from beginning to end, in few steps.

/// The loudest of each step, 0 to 255, in at most `steps` steps of equal length.
#[must_use]
pub fn downsampled(levels: &[u8], steps: usize) -> Vec<u8> {
    if levels.len() <= steps {
        return levels.to_vec();
    }
    let ends = (1..=steps).map(|step| step * levels.len() / steps);
    let mut begin = 0;
    ends.map(|end| {
        let loudest = levels.get(begin..end).and_then(|part| part.iter().max()).copied().unwrap_or(0);
        begin = end;
        loudest
    })
    .collect()
}

/// Exactly `bars` bars, 0 to 1: as high as the loudest is near, so that a quiet voice shows too. Silence is flat.
#[must_use]
pub fn bars(waveform: &[u8], bars: usize) -> Vec<f64> {
    /// Below it there is only noise, which is not made larger than it is.
    const NOISE: u8 = 24;
    let loudest = f64::from(waveform.iter().copied().max().unwrap_or(0).max(NOISE));
    let reduced = downsampled(waveform, bars);
    let at = |bar: usize| reduced.get(bar * reduced.len() / bars.max(1)).copied().unwrap_or(0);
    (0..bars).map(|bar| f64::from(at(bar)) / loudest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_as_high_as_its_loudest() {
        assert_eq!(downsampled(&[1, 9, 2, 3, 200, 4, 5], 3), [9, 3, 200]);
        assert_eq!(downsampled(&[1, 2], 64), [1, 2]);
        assert_eq!(downsampled(&[7; 1_000], 64), [7; 64]);
        assert!(downsampled(&[], 64).is_empty());
    }

    #[test]
    fn a_quiet_voice_fills_the_height_and_silence_is_flat() {
        assert_eq!(bars(&[50, 100], 4), [0.5, 0.5, 1.0, 1.0]);
        assert_eq!(bars(&[], 3), [0.0; 3]);
        assert!(bars(&[2; 64], 40).iter().all(|bar| *bar < 0.1));
    }
}
