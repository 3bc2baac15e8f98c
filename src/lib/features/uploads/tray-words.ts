import { countOf, formatCount } from '$lib/format/count.ts';
import { formatDuration } from '$lib/format/time.ts';
import type { UploadOverview } from './upload-overview.ts';

export function titleOf(overview: UploadOverview): string {
  const { phase, stored, total, failed, asking, halted } = overview;
  switch (phase) {
    case 'reading':
      return 'Reading your files…';
    case 'uploading':
      return total === 1 ? 'Uploading 1 file' : `Uploading ${formatCount(stored)} of ${formatCount(total)}`;
    case 'offline':
      return 'Waiting for the connection';
    case 'paused':
      return `Paused, ${formatCount(stored)} of ${formatCount(total)} uploaded`;
    case 'halted':
      return halted?.code === 'unauthenticated' ? 'You are signed out' : 'Uploading has stopped';
    case 'asking':
      return asking === 1 ? '1 file is there already' : `${formatCount(asking)} files are there already`;
    case 'failed':
      return `${formatCount(failed)} failed`;
    default:
      return doneWords(overview);
  }
}

/** What stands at the right of the title: how long it still takes. */
export function asideOf({ phase, secondsLeft, isReading }: UploadOverview): string {
  if (isReading && phase === 'uploading') return 'still counting';
  return phase === 'uploading' && secondsLeft !== undefined ? `${formatDuration(secondsLeft)} left` : '';
}

/** What went otherwise than asked for, and what came of the rest. */
export function outcomeOf(overview: UploadOverview): string {
  const { phase, stored, skipped, halted } = overview;
  if (phase === 'halted') {
    const isSignedOut = halted?.code === 'unauthenticated';
    return isSignedOut ? 'Nothing is lost: it goes on when you have signed in.' : (halted?.message ?? '');
  }
  if (phase === 'offline') return 'It goes on by itself when the server answers again.';
  const parts = [
    phase === 'failed' && stored > 0 ? `${formatCount(stored)} uploaded` : '',
    skipped > 0 ? `${formatCount(skipped)} skipped, there already` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** Said aloud when the phase changes, and at no other time. */
export function announcementOf(overview: UploadOverview): string {
  switch (overview.phase) {
    case 'uploading':
      return 'Uploading';
    case 'idle':
    case 'reading':
      return '';
    default:
      return `${titleOf(overview)}. ${outcomeOf(overview)}`;
  }
}

function doneWords({ stored, storedFiles, skipped }: UploadOverview): string {
  if (stored === 0) return skipped > 0 ? 'Nothing uploaded' : '';
  return storedFiles > 0 ? `Uploaded ${countOf(storedFiles, 'file')}` : `Made ${countOf(stored, 'folder')}`;
}
