import { AppError } from '../contract/app-error.ts';

export function notFound(): AppError {
  return new AppError('not_found', 'There is nothing here.');
}

export function nameTaken(): AppError {
  return new AppError('precondition_failed', 'Something of that name is there already.', {
    reason: 'name_taken',
  });
}

/** Something that Drey does not show, such as a symbolic link, has the name. */
export function nameBlocked(): AppError {
  return new AppError('conflict', 'Something that cannot be shown here has that name.', {
    reason: 'name_taken',
  });
}

export function contentChanged(): AppError {
  return new AppError('precondition_failed', 'What is there is no longer what you have seen.', {
    reason: 'etag_mismatch',
  });
}

export function folderNotEmpty(): AppError {
  return new AppError('precondition_failed', 'The folder is not empty.', { reason: 'not_empty' });
}

export function folderStandsThere(): AppError {
  return new AppError('conflict', 'A folder stands there.', { reason: 'is_a_directory' });
}

export function notADirectory(): AppError {
  return new AppError('conflict', 'That is a file, not a folder.', { reason: 'not_a_directory' });
}

/** From where files are gathered, they get to their place in one step only on the same volume. */
export function otherVolume(): AppError {
  return new AppError(
    'conflict',
    'This folder lies on another volume than its root. It can be mounted as a root of its own.',
    { reason: 'other_volume' },
  );
}

/** One of two paths holds the other. */
export function intoItself(): AppError {
  return new AppError('conflict', 'A folder cannot go into itself, or over one that holds it.', {
    reason: 'into_itself',
  });
}

export function rootIsFixed(): AppError {
  return new AppError('invalid', 'A root itself cannot be changed.', { reason: 'is_root' });
}

export function cutShort(): AppError {
  return new AppError('unavailable', 'The file became shorter while it was read.');
}

export function rangeOutside(): AppError {
  return new AppError('range_invalid', 'The file is shorter than that.');
}
