/** What is wrong, what would be, and what to do about it. */
import { DoctorView } from '../doctor-views.ts';
import { nothing } from '../fields.ts';
import { procedure } from './procedure.ts';

export const doctorContract = {
  doctor: procedure('GET', '/doctor', 'What is found, and how the last test went', nothing, DoctorView),
  runDoctor: procedure(
    'POST',
    '/doctor',
    'Test this node itself now, step by step; GET tells how far it is',
    nothing,
    DoctorView,
  ),
} as const;
