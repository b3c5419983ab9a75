/** What is wrong, what would be, and what to do about it. */

import { nothing } from '../fields.ts';
import { DoctorView } from '../views/doctor-views.ts';
import { procedure } from './procedure.ts';

export const doctorContract = {
  doctor: procedure(
    'GET',
    '/doctor',
    'Findings, and the result of the last check of this node',
    nothing,
    DoctorView,
  ),
  runDoctor: procedure(
    'POST',
    '/doctor',
    'Check this node now, step by step; GET returns the progress',
    nothing,
    DoctorView,
  ),
} as const;
